// choose_order.hpp: which planner answers for a network, and in which words it says so.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <einc/options.hpp>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/search_control.hpp"

namespace einc::plan {

struct Choice {
  Order order;
  std::string method;  // e.g. "exact: 7 operands, 254 pairs looked at"
  bool operator==(const Choice&) const = default;
};

struct OrderRequest {
  Planner planner = Planner::automatic;
  Effort effort = Effort::fast;
  Objective objective = Objective::seconds;  // Planner::greedy and left_to_right have none but their own
  double seconds = 0;                        // in place of effort: how long to search; 0: by effort
  std::uint64_t seed = 0;
  const SearchControl* control = nullptr;
};

// The network has two tensors or more.
Choice choose_order(const Network& network, const CostModel& model, const OrderRequest& request = {});

}  // namespace einc::plan
