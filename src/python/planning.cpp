// planning.cpp: signals are looked at while an order is searched for; only Python's main thread gets any.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/planning.hpp"

#include <optional>

#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

Compiled plan(const Options& options, Held held, const std::function<Compiled(const PlanProgress&)>& compile) {
  if (options.effort == Effort::fast && options.plan_seconds == 0) return compile(PlanProgress{});  // too short to be worth it
  const PlanProgress progress = [](const PlanState&) {
    const nb::gil_scoped_acquire locked;
    // Where the caller holds the lock other threads have had no turn: one of them may be who interrupts. What is planned is a copy.
    { const nb::gil_scoped_release others; }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    return true;
  };
  std::optional<nb::gil_scoped_release> released;
  if (held == Held::no) released.emplace();
  return compile(progress);
}

}  // namespace einc::python
