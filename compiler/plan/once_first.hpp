// once_first.hpp: of a sliced expression, the steps that are the same for every slice come first.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/plan.hpp"

namespace einc::plan {

// Moves every step that reads no sliced label, directly or through others, to the front, and counts them in `once`. Steps whose result
// is an output stay behind: each slice has the caller's scalars to apply; so do results that slices read of more elements than may be kept
// for all of them.
ir::Plan once_first(ir::Plan plan, const ir::Expression& expression, double most_shared);

}  // namespace einc::plan
