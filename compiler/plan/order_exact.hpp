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
  std::uint64_t work_limit = ~std::uint64_t{0};  // pairs of sets to look at before giving up
};

struct Exact {
  Order order;
  std::uint64_t pairs = 0;  // pairs of sets that were looked at
};

// Nothing when a part has more than 64 tensors or too many labels, or when the work limit is met.
std::optional<Exact> order_exact(const Network& network, const CostModel& model, const ExactOptions& options = {});

}  // namespace einc::plan
