// slice_loops: the sliced labels of an expression become loops around its executable: how far each array moves from part to part, and
// how many slices make a task.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/plan.hpp"

namespace einc::lower {

// How many slices one task computes, from what a slice and adding up its results cost: long enough that adding up costs a few per cent,
// short enough that there are tasks for many threads, and at least so many tasks in all.
Extent slices_of_task(double flops_of_slice, double result_elements, Extent regions, Extent slices_per_region, Extent least_tasks);

// `expression` has the caller's outputs; `executable` was lowered from it, or, with partials, from into_partials() of it.
void add_slice_loops(ir::Executable& executable, const ir::Expression& expression, const ir::Plan& plan, bool partials, Extent least_tasks);

}  // namespace einc::lower
