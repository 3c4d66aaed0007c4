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

// An intermediate of more elements than this cannot be made: 64 bits may not count its bytes, whatever its type.
inline constexpr double countable_elements = 2.8e17;
inline bool is_countable(const Network& network, const CostModel& model, const Order& order) {
  return model.of_order(network, order, Objective::size) <= countable_elements;
}

struct Trial {
  Order order;
  double cost = 0;
};

// The cheapest order, of those that can be counted if there is one.
Trial order_random_greedy(const Network& network, const CostModel& model, const RandomGreedyOptions& options = {});

}  // namespace einc::plan
