// make_plan.hpp: from what is to be computed to the steps that compute it.
// Knows labels and extents; not strides, tiles or instruction sets beyond the speeds of the target.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <einc/options.hpp>

#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "plan/choose_layouts.hpp"
#include "plan/plan_value.hpp"
#include "plan/search_control.hpp"

namespace einc::plan {

// Where orders of contraction come from besides the planner, and whom it may ask about orders of labels.
struct OrderSources {
  const SearchControl* control = nullptr;                  // of its searches
  const std::vector<ir::ContractionOrder>* saved = nullptr;  // of a saved plan: taken as they are
  const Settled* settled = nullptr;                        // what was decided with the slices
  const ContractionSeconds* seconds = nullptr;             // without it, intermediates are laid out step by step
};

// The expression has one output; its operands have each label once. Equal input gives an equal plan, everywhere. Options::plan_seconds is
// shared among its contractions by their numbers of operands. Throws Error (bad_plan) when saved orders are of other contractions,
// bad_option for a bad Options::order.
ir::Plan make_plan(const ir::Expression& expression, const ir::Target& target, const Options& options, const OrderSources& sources = {});

}  // namespace einc::plan
