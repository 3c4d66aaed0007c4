// parallel_for.hpp: the one seam to threads; the only header of the project that leads to a threading library.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>

namespace einc::runtime {

// Calls body(context, task, thread) for every task in [0, tasks), each once, spread over at most `threads` threads;
// thread is in [0, threads). Returns when all are done. Tasks must not depend on each other and must not throw.
// Runs serially when threads == 1, inside an active parallel region, or in a build without OpenMP.
void parallel_for(std::ptrdiff_t tasks, int threads, void* context,
                  void (*body)(void* context, std::ptrdiff_t task, int thread)) noexcept;

// The same for any callable.
template <class Body>
void parallel_for(std::ptrdiff_t tasks, int threads, Body&& body) noexcept {
  using Function = std::remove_reference_t<Body>;
  parallel_for(tasks, threads, const_cast<void*>(static_cast<const void*>(&body)),
               [](void* context, std::ptrdiff_t task, int thread) { (*static_cast<Function*>(context))(task, thread); });
}

// Processors that parallel_for may use: those this process is allowed, or 1 in a build without OpenMP.
int processors() noexcept;

}  // namespace einc::runtime
