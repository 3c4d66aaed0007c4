// SPDX-License-Identifier: BSD-3-Clause
#include "api/search_threads.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>

#include "runtime/parallel_for.hpp"

namespace einc::api {
namespace {

// Tasks of parallel_for throw nothing: the first fault waits until all have ended.
void run_workers(int workers, const std::function<void()>& body) {
  std::mutex mutex;
  std::exception_ptr fault;
  runtime::parallel_for(workers, workers, [&](std::ptrdiff_t, int) {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!fault) fault = std::current_exception();
    }
  });
  if (fault) std::rethrow_exception(fault);
}

}  // namespace

plan::SearchControl search_control(int threads, const PlanProgress& progress) {
  return {run_workers, std::min(threads, runtime::processors()), progress};
}

}  // namespace einc::api
