// choose_order.hpp: which planner answers for a network, and in which words it says so.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <einc/options.hpp>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

struct Choice {
  Order order;
  std::string method;  // e.g. "exact: 7 operands, 254 pairs looked at"
  bool operator==(const Choice&) const = default;
};

// The network has two tensors or more. Planner::greedy and left_to_right have no objective but their own.
Choice choose_order(const Network& network, const CostModel& model, Planner planner, Effort effort = Effort::fast,
                    Objective objective = Objective::seconds);

}  // namespace einc::plan
