// order_bisect.hpp: halves the network where the fewest elements are cut, and each half again: an order from the top
// down. Knows extents and balance, not costs; finds what greedy cannot see, and leaves the details to order_improve.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/network.hpp"

namespace einc::plan {

struct BisectOptions {
  double imbalance = 0.1;  // a side may have so much more than half of the tensors, as a share of all
  std::uint64_t seed = 0;  // where the first halves start; equal seeds give equal orders
};

// A side grows from one tensor; then single tensors change sides, best gain first, and the best state met is kept. (C.
// M. Fiduccia, R. M. Mattheyses: A linear-time heuristic for improving network partitions, 19th Design Automation
// Conference, 1982.) The partitioning libraries of the distribution cut meshes of millions into even parts, with
// extents rounded to whole weights; here the graphs are small and a start for annealing is wanted, which is not worth a
// dependency.
Order order_bisect(const Network& network, const BisectOptions& options = {});

}  // namespace einc::plan
