// order_shared.cpp: rounds of equal pairs, orders along other trees, and what both are worth.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_shared.hpp"

#include "plan/order_exact.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const ir::Expression nothing = empty_expression({});
const CostModel model(test_target(), DType::f32);

Order choose(const Network& network) { return order_exact(network, model, {})->order; }

// The product of so many equal matrices.
struct Power {
  explicit Power(std::uint32_t factors, double extent = 64) : network(chain_network(factors, extent)) {
    for (const ir::Term& term : network.tensors) tensors.push_back({1000, term});
  }
  Network network;
  std::vector<Identity> tensors;
  Sharing sharing{nothing};
  SharedNetwork shared{network, tensors, model, Objective::flops, sharing};
};

std::size_t least_computed(Power& power) {
  std::size_t least = power.network.tensors.size();
  for (const Order& order : orders_by_rounds(power.shared, choose)) {
    REQUIRE(is_valid(order, power.network.tensors.size()));
    least = std::min(least, cost_of(power.shared, order).computed);
  }
  return least;
}

}  // namespace

TEST_CASE("a power of a matrix takes as many products as it has doublings") {
  for (const auto& [factors, products] : {std::pair{4u, 2u}, {7u, 4u}, {8u, 3u}, {16u, 4u}, {64u, 6u}}) {
    Power power(factors);
    CHECK(least_computed(power) == products);
  }
}

TEST_CASE("only what is not there yet costs something") {
  Power power(4, 10);
  const SharedCost cost = cost_of(power.shared, {{0, 1}, {2, 3}, {4, 5}});
  CHECK(cost.computed == 2);
  CHECK(cost.cost == 4000);
  CHECK(cost.alone == 6000);
  power.sharing.keep(7, power.sharing.contract(power.tensors[0], power.tensors[1], {0, 2}));
  CHECK(cost_of(power.shared, {{0, 1}, {2, 3}, {4, 5}}).cost == 2000);
}

TEST_CASE("the gradients of a network follow its tree: each new one computes few pairs") {
  // The tree of a ring of tensors a b c d e f whose result is a scalar; the gradient by each lacks one tensor.
  const std::uint32_t count = 12;
  Network ring;
  ring.extents.assign(count, 4);
  for (std::uint32_t tensor = 0; tensor < count; ++tensor) ring.tensors.push_back(sorted({tensor, (tensor + 1) % count}));
  const Order whole = choose(ring);
  Sharing sharing(nothing);
  std::size_t computed = 0;
  std::uint32_t step = 0;
  for (std::uint32_t lacking = 0; lacking < count; ++lacking) {
    Network part{ring.extents, {}, ring.tensors[lacking]};
    std::vector<std::uint32_t> match;
    std::vector<Identity> tensors;
    for (std::uint32_t tensor = 0; tensor < count; ++tensor) {
      match.push_back(tensor == lacking ? nobody : static_cast<std::uint32_t>(tensors.size()));
      if (tensor == lacking) continue;
      part.tensors.push_back(ring.tensors[tensor]);
      tensors.push_back({1000 + tensor, ring.tensors[tensor]});
    }
    const SharedNetwork shared{part, tensors, model, Objective::flops, sharing};
    const std::vector<Order> orders = orders_along(whole, match, part, choose);
    REQUIRE(!orders.empty());
    for (const Order& order : orders) REQUIRE(is_valid(order, count - 1));
    computed += cost_of(shared, orders[0]).computed;
    std::vector<Identity> identities = tensors;  // what a plan would keep
    Contraction contraction(part);
    for (const Pair pair : orders[0]) {
      contraction.contract(pair);
      identities.push_back(sharing.contract(identities[pair.lhs], identities[pair.rhs], contraction.labels(static_cast<std::uint32_t>(identities.size()))));
      if (!sharing.find(identities.back())) sharing.keep(step++, identities.back());
    }
  }
  CHECK(computed <= 3 * (count - 2));  // two ways along each edge of the tree, where alone they take count * (count - 2)
}

TEST_CASE("a new tensor takes the place of the old result") {
  const Network longer = chain_network(5, 4);
  const Order shorter{{0, 1}, {2, 3}, {4, 5}};  // of the first four
  const std::vector<Order> orders = orders_along(shorter, {nobody, 0, 1, 2}, chain_network(4, 4), choose);  // without the first, with a fifth
  REQUIRE(!orders.empty());
  CHECK(is_valid(orders[0], 4));
  CHECK(orders[0] == Order{{1, 2}, {3, 4}, {5, 0}});
  const std::vector<Order> whole = orders_along(shorter, {0, 1, 2, 3}, longer, choose);
  REQUIRE(whole.size() == 1);
  CHECK(is_valid(whole[0], 5));
  CHECK(Order(whole[0].begin(), whole[0].begin() + 3) == Order{{0, 1}, {2, 3}, {5, 6}});  // numbers count from the tensors there are
}

TEST_CASE("rounds and followed trees are orders of any network") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Network network = random_network(seed, 8, 12, false);
    std::vector<Identity> tensors;
    for (const ir::Term& term : network.tensors) tensors.push_back({static_cast<std::uint32_t>(1000 + term.size()), term});
    Sharing sharing(nothing);
    for (const Order& order : orders_by_rounds({network, tensors, model, Objective::seconds, sharing}, choose)) CHECK(is_valid(order, 8));
    Random random(seed);
    std::vector<std::uint32_t> match(6);
    for (std::uint32_t tensor = 0; tensor < 6; ++tensor) match[tensor] = below(random, 4) == 0 ? nobody : tensor;
    const Order other{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}};
    for (const Order& order : orders_along(other, match, network, choose)) CHECK(is_valid(order, 8));
  }
}
