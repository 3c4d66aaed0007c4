// parallel_for.cpp: the seam to OpenMP; a plain loop in a build without it.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/parallel_for.hpp"

#include <algorithm>

#ifdef EINC_OPENMP
#include <omp.h>
#endif

namespace einc::runtime {

void parallel_for(std::ptrdiff_t tasks, int threads, void* context,
                  void (*body)(void* context, std::ptrdiff_t task, int thread)) noexcept {
#ifdef EINC_OPENMP
  const int team = static_cast<int>(std::min<std::ptrdiff_t>(tasks, threads));
  if (team > 1 && !omp_in_parallel()) {
    // Tasks are handed out as threads become free: cores are not equally fast, and no result depends on who runs what.
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (std::ptrdiff_t task = 0; task < tasks; ++task) body(context, task, omp_get_thread_num());
    return;
  }
#else
  static_cast<void>(threads);
#endif
  for (std::ptrdiff_t task = 0; task < tasks; ++task) body(context, task, 0);
}

int processors() noexcept {
#ifdef EINC_OPENMP
  return std::max(omp_get_num_procs(), 1);
#else
  return 1;
#endif
}

}  // namespace einc::runtime
