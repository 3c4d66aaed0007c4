// plan_value.hpp: turns one value of an expression into steps of a plan, once its arguments have a place there.
// Chooses orders through build_steps; no streams, no order of labels in memory, no costs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <map>
#include <vector>

#include <einc/options.hpp>

#include "ir/plan.hpp"
#include "plan/cost.hpp"
#include "plan/flatten.hpp"
#include "plan/given_order.hpp"
#include "plan/network.hpp"
#include "plan/search_control.hpp"
#include "plan/sharing.hpp"

namespace einc::plan {

// What was decided before planning, with the slices.
struct Settled {
  std::map<ir::ValueId, Order> orders;  // of the units that compute these values
  double most_shared = std::numeric_limits<double>::infinity();  // elements of a result that is kept for all slices; larger ones are computed again
};

// What planning a value needs besides the plan it is added to.
struct ValueContext {
  const ir::Expression& expression;
  const CostModel& model;
  const Options& options;
  Flattening& flattening;
  const SearchControl* control = nullptr;
  double seconds_an_argument = 0;  // of searches: each contraction's part of Options::plan_seconds
  const Settled* settled = nullptr;
  GivenOrders* given = nullptr;    // which orders are fixed; null inside of streams
  Sharing* sharing = nullptr;      // what the plan has already; none: nothing is looked for
  const std::vector<bool>* constants = nullptr;  // of every value: ir::constant_values(); null inside of streams
};

// The values whose places plan_value() asks for: of a contraction, those of its unit.
std::vector<ir::ValueId> arguments_of(const ValueContext& context, ir::ValueId value);

// Of some values, in their order, which are constant; empty where none is.
std::vector<bool> constants_of(const std::vector<bool>& constant_values, const std::vector<ir::ValueId>& values);

// Appends the steps and gives the place of the result. `place` tells where each value of the expression is in the plan.
ir::PlanValue plan_value(ir::Plan& plan, const ValueContext& context, ir::ValueId value, const std::vector<ir::PlanValue>& place);

ir::PlanValue append(ir::Plan& plan, ir::Step step);

}  // namespace einc::plan
