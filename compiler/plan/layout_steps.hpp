// layout_steps.hpp: in which order each step writes its labels, so that the step that reads them likes it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/plan.hpp"

namespace einc::plan {

// The step that computes the result writes result_labels; every other contraction is laid out for its reader:
// labels both operands keep outermost, then groups that merge into long loops, vectors at stride 1.
//   "ab,bc,cd->ad" as (ab,bc),cd   has the intermediate   "ac": rows outside, the sum inside, "cd" gives the vectors
ir::Plan layout_steps(ir::Plan plan);

}  // namespace einc::plan
