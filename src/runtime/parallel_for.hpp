// parallel_for.hpp: the one seam to threads; the only header of the project that leads to a threading library.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <stop_token>
#include <type_traits>

namespace einc::runtime {

// Calls body(context, task, thread) for every task in [0, tasks), each once, spread over at most `threads` threads;
// thread is in [0, threads). Returns when all are done. Tasks must not depend on each other and must not throw.
// Runs serially when threads == 1, inside an active parallel region, or in a build without OpenMP.
// Tasks not begun when a stop is requested of the calling thread's token (StoppedBy) are left out.
void parallel_for(std::ptrdiff_t tasks, int threads, void* context,
                  void (*body)(void* context, std::ptrdiff_t task, int thread)) noexcept;

// The same for any callable.
template <class Body>
void parallel_for(std::ptrdiff_t tasks, int threads, Body&& body) noexcept {
  using Function = std::remove_reference_t<Body>;
  parallel_for(tasks, threads, const_cast<void*>(static_cast<const void*>(&body)),
               [](void* context, std::ptrdiff_t task, int thread) { (*static_cast<Function*>(context))(task, thread); });
}

// What may stop the work of the calling thread while this lives; null: nothing.
class StoppedBy {
 public:
  explicit StoppedBy(const std::stop_token* token) noexcept;
  ~StoppedBy();
  StoppedBy(const StoppedBy&) = delete;
  StoppedBy& operator=(const StoppedBy&) = delete;

 private:
  const std::stop_token* outer_;
};

// The token of the calling thread, for long tasks that look at it on the way; null when there is none.
const std::stop_token* stop_of_this_thread() noexcept;

// Processors that parallel_for may use: those this process is allowed, or 1 in a build without OpenMP.
int processors() noexcept;

}  // namespace einc::runtime
