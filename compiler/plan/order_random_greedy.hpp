// order_random_greedy.hpp: the best of many greedy orders, each with other noise.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

struct RandomGreedyOptions {
  Objective objective = Objective::seconds;
  int trials = 32;         // the first one is plain greedy
  std::uint64_t seed = 0;  // equal seeds give equal orders
};

struct Trial {
  Order order;
  double cost = 0;
};

Trial order_random_greedy(const Network& network, const CostModel& model, const RandomGreedyOptions& options = {});

}  // namespace einc::plan
