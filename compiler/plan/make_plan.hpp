// make_plan.hpp: from what is to be computed to the steps that compute it.
// Knows labels and extents; not strides, tiles or instruction sets beyond the speeds of the target.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/options.hpp>

#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "plan/plan_value.hpp"
#include "plan/search_control.hpp"

namespace einc::plan {

// The expression has one output; its operands have each label once. Equal input gives an equal plan, everywhere.
// Options::plan_seconds is shared among its contractions by their numbers of operands. Units in `orders` have theirs already.
ir::Plan make_plan(const ir::Expression& expression, const ir::Target& target, const Options& options, const SearchControl* control = nullptr,
                   const Orders* orders = nullptr);

}  // namespace einc::plan
