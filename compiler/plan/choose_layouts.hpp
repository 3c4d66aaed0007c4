// choose_layouts.hpp: in which order the intermediates of contractions lie in memory, decided for all of them together.
// Knows labels and strides, and whom to ask how long a contraction takes; not kernels, tiles or machines.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "plan/layout_prices.hpp"

namespace einc::plan {

// Of a plan that layout_steps has been over: other orders of labels for what contractions make and only contractions read, where
// these take less time all in all. Every such value has a few orders that its maker or a reader would like. Each value is tried beside
// the others as they are, those that several steps read, too. Then trees are decided whole, from the leaves to the root: the least
// time of a value in each of its best orders, with all that is beneath it.
ir::Plan choose_layouts(ir::Plan plan, const ir::Expression& expression, const ContractionSeconds& seconds);

}  // namespace einc::plan
