// order_search.hpp: looks for a good order of a network too large for the exact planner: starts of two kinds, each
// improved. Knows how to share work among the searches; not how any of them goes about it. SPDX-License-Identifier:
// BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/order_random_greedy.hpp"

namespace einc::plan {

struct SearchOptions {
  Objective objective = Objective::seconds;
  int greedy_trials = 32;           // the best of them is a start, and the cost to beat
  std::uint64_t work = 10'000'000;  // of all searches together; a unit is about 10 ns
  std::uint64_t seed = 0;           // equal seeds give equal orders
};

struct Found {
  Trial trial;
  double greedy_cost = 0;                   // of the best greedy order: the trial's is no higher
  int from_greedy = 0, from_bisection = 0;  // searches by their start
  bool bisection_won = false;
};

Found order_search(const Network& network, const CostModel& model, const SearchOptions& options = {});

}  // namespace einc::plan
