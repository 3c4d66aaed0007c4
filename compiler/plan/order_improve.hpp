// order_improve.hpp: makes an order better by changing its tree: simulated annealing, then exact orders of its parts.
// Takes an order from anywhere; its answer costs no more.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/order_random_greedy.hpp"

namespace einc::plan {

struct ImproveOptions {
  Objective objective = Objective::seconds;
  std::uint64_t work = 10'000'000;  // counted, not timed; a unit is about 10 ns
  std::uint64_t seed = 0;           // equal seeds give equal orders
};

// Annealing turns ((A B) C) into ((A C) B) or (A (B C)) at random pairs and judges by the ratio of the costs of both
// pairs before and after, so that every size of pair is sought out, not only the largest. (S. Kirkpatrick, C. D.
// Gelatt, M. P. Vecchi: Optimization by simulated annealing, Science 220, 671, 1983; for trees of contractions C. Huang
// et al., arXiv:2005.06787, and J. Gray, S. Kourtis, Quantum 5, 410, 2021.) A network with so many tensors and labels
// that the tree would take more memory than it is worth stays as it is.
bool can_improve(const Network& network);
Trial order_improve(const Network& network, const CostModel& model, const Order& start,
                    const ImproveOptions& options = {});

}  // namespace einc::plan
