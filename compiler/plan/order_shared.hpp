// order_shared.hpp: orders for contractions that have something in common, with themselves or with those planned before: what is
// equal is computed once, so that a longer order may be the cheaper one.
// Knows which tensors are equal; not values, steps or layouts.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/sharing.hpp"

namespace einc::plan {

// What an order costs when every result that is there, by then or before it, costs nothing.
struct SharedCost {
  double cost = 0;
  double alone = 0;          // with every pair computed
  std::size_t computed = 0;  // pairs that are
};

struct SharedNetwork {
  const Network& network;
  const std::vector<Identity>& tensors;  // of each tensor, in the network's labels
  const CostModel& model;
  Objective objective;
  Sharing& sharing;
};

SharedCost cost_of(const SharedNetwork& network, const Order& order);

// Plans a network that has three tensors or more on its own.
using Choose = std::function<Order(const Network&)>;

// Orders that contract equal pairs at the same time, in rounds: after some of the rounds `choose` orders what is left.
std::vector<Order> orders_by_rounds(const SharedNetwork& network, const Choose& choose);

// Orders along the tree of another contraction. `match` says which tensor here each of its tensors is; nobody for those that are
// missing. With one missing and at most one new, the tree is hung up by the missing tensor, the new one in place of the old result:
// what gradients need of each other. Otherwise whole subtrees are kept and `choose` orders the rest.
inline constexpr std::uint32_t nobody = ~std::uint32_t{0};
std::vector<Order> orders_along(const Order& other, const std::vector<std::uint32_t>& match, const Network& network, const Choose& choose);

}  // namespace einc::plan
