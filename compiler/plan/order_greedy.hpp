// order_greedy.hpp: contracts the cheapest pair first: the one whose result is smallest beside what it replaces.
// Takes thousands of tensors; looks no step ahead.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plan/network.hpp"

namespace einc::plan {

// The score of a pair is elements(result) - weight * (elements(lhs) + elements(rhs)); noise on its logarithm finds other orders.
struct GreedyOptions {
  double weight = 1;
  double temperature = 0;  // zero: no noise; scores then decide alone
  std::uint64_t seed = 0;  // equal seeds give equal orders
};

Order order_greedy(const Network& network, const GreedyOptions& options = {});

}  // namespace einc::plan
