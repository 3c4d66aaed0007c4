// once_first.hpp: what need not be computed again comes first: steps made of constants alone, then those that are the same for every slice.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/plan.hpp"

namespace einc::plan {

// Moves every step that reads constants alone, directly or through others, to the front, and counts them in `beforehand`; behind them come
// those that read no sliced label, counted in `once` with the former. Steps whose result is an output stay behind: each call and slice has
// the caller's scalars to apply; so do results that slices read of more elements than may be kept for all of them.
ir::Plan once_first(ir::Plan plan, const ir::Expression& expression, double most_shared);

}  // namespace einc::plan
