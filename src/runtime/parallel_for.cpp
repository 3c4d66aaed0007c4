// parallel_for.cpp: the seam to OpenMP; a plain loop in a build without it.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/parallel_for.hpp"

#include <algorithm>

#ifdef EINC_OPENMP
#include <atomic>
#include <cstddef>
#include <new>

#include <omp.h>
#endif

namespace einc::runtime {
namespace {

// Set for the length of a run by the thread that calls; the threads of a team get it from there.
thread_local const std::stop_token* current_stop = nullptr;

#ifdef EINC_OPENMP
// Tasks that follow each other and belong to one thread; whoever has done its own takes from those of others. The same thread has the same
// tasks in the next call, and finds in its cache what it wrote there. Which they are changes no result.
struct alignas(64) Share {
  std::atomic<std::ptrdiff_t> next;
  std::ptrdiff_t end;
  // -1: none is left.
  std::ptrdiff_t take() noexcept {
    if (next.load(std::memory_order_relaxed) >= end) return -1;
    const std::ptrdiff_t task = next.fetch_add(1, std::memory_order_relaxed);
    return task < end ? task : -1;
  }
};
constexpr int most_shares = 64;
#endif

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
    alignas(Share) std::byte room[most_shares * sizeof(Share)];  // of which no more is touched than there are threads
    Share* const shares = reinterpret_cast<Share*>(room);
    const int count = std::min(team, most_shares);
    for (int i = 0; i < count; ++i) new (shares + i) Share{tasks * i / count, tasks * (i + 1) / count};
#pragma omp parallel num_threads(team)
    {
      const int thread = omp_get_thread_num();
      for (int i = 0; i < count; ++i) {
        Share& share = shares[(thread + i) % count];
        for (std::ptrdiff_t task; !requested(stop) && (task = share.take()) >= 0;) body(context, task, thread);
      }
    }
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
