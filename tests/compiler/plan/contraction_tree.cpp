// contraction_tree.cpp: a tree changed in place stays what a new one of the same order would be.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/contraction_tree.hpp"

#include "plan/noise.hpp"
#include "plan/order_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

// Tries a rotation at a random pair; false when both children are tensors on the side the coin showed.
bool rotate(ContractionTree& tree, Noise& noise) {
  const std::uint32_t pair = tree.tensors() + noise.below(tree.nodes() - tree.tensors());
  const bool left = noise.below(2) == 0, first = noise.below(2) == 0;
  const std::uint32_t inner = left ? tree.children(pair).lhs : tree.children(pair).rhs;
  if (!tree.is_pair(inner)) return false;
  const double before = tree.cost();
  const ContractionTree::Local local =
      tree.try_rotation({pair, inner, first ? tree.children(inner).lhs : tree.children(inner).rhs});
  CHECK(tree.cost() == before);  // a trial changes nothing
  tree.accept();
  CHECK(tree.cost() == Approx(before - local.before + local.after));
  return true;
}

}  // namespace

TEST_CASE("rotations keep the costs of all pairs true") {
  const CostModel model(test_target(), DType::f32);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Network network = random_network(seed, 3 + seed % 9, static_cast<Label>(4 + seed % 11), false);
    if (seed % 2 == 0)
      for (std::size_t tensor = 0; tensor < network.tensors.size(); ++tensor) network.constant.push_back((seed + tensor) % 3 != 0);
    ContractionTree tree(network, model, Objective::flops, order_greedy(network));
    Noise noise(seed);
    for (int change = 0; change < 40; ++change) {
      if (!rotate(tree, noise)) continue;
      const Order order = tree.order();
      REQUIRE(is_valid(order, network.tensors.size()));
      INFO("seed " << seed << " change " << change);
      CHECK(tree.cost() == Approx(model.of_order(network, order, Objective::flops)));
    }
  }
}

TEST_CASE("a chain multiplied from the wrong end is turned round") {
  const Network network{{2, 30, 20, 10}, {{0, 1}, {1, 2}, {2, 3}}, {0, 3}};
  const CostModel model(test_target(), DType::f32);
  ContractionTree tree(network, model, Objective::flops, {{1, 2}, {0, 3}});
  const ContractionTree::Local local = tree.try_rotation({4, 3, 2});
  CHECK(local.before == 2 * (30 * 20 * 10 + 2 * 30 * 10));
  CHECK(local.after == 2 * (2 * 30 * 20 + 2 * 20 * 10));
  tree.accept();
  CHECK(tree.order() == Order{{0, 1}, {2, 3}});
}
