// layout_steps.hpp: in which order each step writes its labels, so that the step that reads them likes it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/expression.hpp"
#include "ir/plan.hpp"

namespace einc::plan {

// The step that computes a result writes the labels in the caller's order; every other is laid out for its reader. For a
// contraction: labels both operands keep outermost, then groups that merge into long loops, vectors at stride 1.
//   "ab,bc,cd->ad" as (ab,bc),cd   has the intermediate   "ac": rows outside, the sum inside, "cd" gives the vectors
// For a map: as the map is written. For a view that merges labels: with those labels side by side, so that nothing moves.
ir::Plan layout_steps(ir::Plan plan, const ir::Expression& expression);

}  // namespace einc::plan
