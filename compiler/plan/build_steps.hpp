// build_steps.hpp: turns one contraction of many values into steps: lone sums, then pairs.
// Chooses the order through choose_order, unless it is given; not the order of labels in memory, nor costs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "ir/plan.hpp"
#include "plan/choose_order.hpp"
#include "plan/cost.hpp"
#include "plan/given_order.hpp"
#include "plan/sharing.hpp"

namespace einc::plan {

struct Sources {
  std::vector<ir::PlanValue> values;  // the arguments, in plan.labels(value) each
  ir::Term kept;                      // labels of the result, in any order
  std::vector<bool> constant = {};    // of each: keeps its elements over all calls; empty: none
  const Order* order = nullptr;       // chosen before, over the network that number_network() makes of the arguments; null: to be chosen
};

// The network of a contraction: what its arguments have, lone labels left out, under numbers of its own.
struct NumberedNetwork {
  Network network;
  std::vector<Label> labels;  // of each number
};
NumberedNetwork number_network(const std::vector<ir::Term>& arguments, const ir::Term& kept, const std::vector<Extent>& extents, std::vector<bool> constant = {});

struct Built {
  ir::PlanValue value;  // a new step, or the only argument when nothing needs to be done
  std::string method;
  Order order = {};  // of the arguments; empty for one
};

// Appends the steps to the plan. Their labels stand in the order in which they come from lhs and rhs. `given`: the order to take; none:
// the planner's. With `sharing`, a result that is in the plan under other names of its labels is renamed and not computed again.
Built build_steps(ir::Plan& plan, const Sources& sources, const CostModel& model, const OrderRequest& request = {}, const Steps& given = {},
                  Sharing* sharing = nullptr);

}  // namespace einc::plan
