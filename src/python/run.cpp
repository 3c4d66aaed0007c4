// run.cpp: running what was compiled, with the interpreter's lock released.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/run.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>

#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

namespace {

constexpr double worth_releasing = 5e-6;   // seconds: below, handing the lock over costs more than others gain
constexpr double worth_interrupting = 0.3;  // from here on somebody may lose patience

// Computes on another thread; this one, which alone gets signals, looks for an interrupt from time to time.
void run_interruptible(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::exception_ptr fault;
  std::stop_source stop;
  std::jthread worker([&] {
    try {
      compiled.run(operands, outs, scale, stop.get_token());
    } catch (...) {
      fault = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    done = true;
    ended.notify_one();
  });
  bool interrupted = false;
  for (bool over = false; !over;) {
    {
      const nb::gil_scoped_release released;
      std::unique_lock lock(mutex);
      over = ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; });
    }
    if (!over && !interrupted && PyErr_CheckSignals() != 0) {
      interrupted = true;
      stop.request_stop();
    }
  }
  {
    const nb::gil_scoped_release released;
    worker.join();
  }
  if (interrupted) throw nb::python_error();
  if (fault) std::rethrow_exception(fault);
}

bool on_main_thread() {
  static const unsigned long main_thread = nb::cast<unsigned long>(nb::module_::import_("threading").attr("main_thread")().attr("ident"));
  return PyThread_get_thread_ident() == main_thread;
}

}  // namespace

void run(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) {
  const double seconds = compiled.plan().seconds;
  if (seconds < worth_releasing) return compiled.run(operands, outs, scale);
  if (seconds > worth_interrupting && on_main_thread()) return run_interruptible(compiled, operands, outs, scale);
  const nb::gil_scoped_release released;
  compiled.run(operands, outs, scale);
}

}  // namespace einc::python
