// plan_within.hpp: the part of the pipeline that plans and lowers, once or until a run needs no more memory than it may; in slices where
// that takes less, or where they are asked for.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "lower/lower.hpp"
#include "stages.hpp"

namespace einc::compiler {

// Sets the plan, the combining executable and, where it is sliced, the expression of `result`. Throws Error: memory_limit with the
// smallest limit that can be kept, bad_option for slices that cannot be had.
lower::Lowered plan_within(Compilation& result, const Request& request, const Options& options, const ir::Target& target, Stages& stages);

}  // namespace einc::compiler
