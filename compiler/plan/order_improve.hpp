// order_improve.hpp: makes an order better by changing its tree: simulated annealing, then exact orders of its parts.
// Takes an order from anywhere; its answer costs no more.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/order_random_greedy.hpp"
#include "plan/search_watch.hpp"

namespace einc::plan {

struct ImproveOptions {
  Objective objective = Objective::seconds;
  std::uint64_t work = 10'000'000;  // counted, not timed; a unit is some 5 ns
  std::uint64_t seed = 0;           // equal seeds give equal orders
  SearchWatch* watch = nullptr;     // may end it early, with the best order so far
};

// A network with so many tensors and labels that the tree would take more memory than it is worth stays as it is.
bool can_improve(const Network& network);
Trial order_improve(const Network& network, const CostModel& model, const Order& start,
                    const ImproveOptions& options = {});

}  // namespace einc::plan
