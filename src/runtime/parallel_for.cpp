// parallel_for.cpp: the seam to OpenMP; a plain loop in a build without it.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/parallel_for.hpp"

#include <algorithm>

#ifdef EINC_OPENMP
#include <omp.h>
#endif

namespace einc::runtime {
namespace {

// Set for the length of a run by the thread that calls; the threads of a team get it from there.
thread_local const std::stop_token* current_stop = nullptr;

bool requested(const std::stop_token* stop) noexcept { return stop != nullptr && stop->stop_requested(); }

}  // namespace

StoppedBy::StoppedBy(const std::stop_token* token) noexcept : outer_(current_stop) { current_stop = token; }
StoppedBy::~StoppedBy() { current_stop = outer_; }
const std::stop_token* stop_of_this_thread() noexcept { return current_stop; }

void parallel_for(std::ptrdiff_t tasks, int threads, void* context,
                  void (*body)(void* context, std::ptrdiff_t task, int thread)) noexcept {
  const std::stop_token* const stop = current_stop;
#ifdef EINC_OPENMP
  const int team = static_cast<int>(std::min<std::ptrdiff_t>(tasks, threads));
  if (team > 1 && !omp_in_parallel()) {
    // Tasks are handed out as threads become free: cores are not equally fast, and no result depends on who runs what.
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (std::ptrdiff_t task = 0; task < tasks; ++task)
      if (!requested(stop)) body(context, task, omp_get_thread_num());
    return;
  }
#else
  static_cast<void>(threads);
#endif
  for (std::ptrdiff_t task = 0; task < tasks && !requested(stop); ++task) body(context, task, 0);
}

int processors() noexcept {
#ifdef EINC_OPENMP
  return std::max(omp_get_num_procs(), 1);
#else
  return 1;
#endif
}

}  // namespace einc::runtime
