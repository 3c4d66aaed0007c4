// order_bisect.hpp: halves the network where the fewest elements are cut, and each half again: an order from the top
// down. Knows extents and balance, not costs; finds what greedy cannot see, and leaves the details to order_improve.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include "plan/network.hpp"

namespace einc::plan {

struct BisectOptions {
  double imbalance = 0.1;  // a side may have so much more than half of the tensors, as a share of all
  std::uint64_t seed = 0;  // of METIS; equal seeds give equal orders
};

// Who halves; empty in a build without METIS, where order_bisect() may not be called.
std::string_view bisection_by();

// METIS does the cutting (G. Karypis, V. Kumar: A fast and high quality multilevel scheme for partitioning irregular graphs, SIAM J.
// Sci. Comput. 20, 359, 1998): a vertex for each tensor, the logarithm of an extent as an edge's weight, a label of several tensors as
// edges between all of them. Its calls follow one another, whatever thread they come from: see docs/decisions/0017.
Order order_bisect(const Network& network, const BisectOptions& options = {});

}  // namespace einc::plan
