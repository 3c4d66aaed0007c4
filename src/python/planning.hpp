// planning.hpp: compiling that may search for long: Ctrl-C ends it, and other threads of Python go on.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <einc/einsum.hpp>

namespace einc::python {

// What is compiled belongs to Python: a Program, which its threads may add to, or texts and shapes, which nobody changes.
enum class Held { no, yes };

// Calls `compile` with what it is to be watched by. KeyboardInterrupt is thrown through it.
Compiled plan(const Options& options, Held held, const std::function<Compiled(const PlanProgress&)>& compile);

}  // namespace einc::python
