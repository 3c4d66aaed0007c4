// order_exact.hpp: the best order of all, by dynamic programming over connected sets of tensors.
// Knows what a pair costs only through the cost model; not which objective matters to whom.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

// Up to so many tensors every order is looked at; above, orders that multiply tensors without a common label are left out
// while their parts of the network are not whole, and parts are joined at the end, smallest first.
inline constexpr std::size_t outer_product_limit = 8;

struct ExactOptions {
  Objective objective = Objective::seconds;
  std::uint64_t work_limit = ~std::uint64_t{0};  // pairs of sets to price before giving up
};

struct Exact {
  Order order;
  std::uint64_t pairs = 0;  // pairs of sets that were priced
};

// Nothing when a part has more than 64 tensors or too many labels, or when the work limit is met.
//
// The best order of a set of tensors is the best way to split it in two. Sets are found smallest first, and only those
// that cost no more than a cap; the cap rises until the whole is found. As costs only grow, a set found under a cap has
// its final cost. (R. N. C. Pfeifer, J. Haegeman, F. Verstraete: Faster identification of optimal contraction sequences
// for tensor networks, Phys. Rev. E 90, 033315, 2014.)
std::optional<Exact> order_exact(const Network& network, const CostModel& model, const ExactOptions& options = {});

}  // namespace einc::plan
