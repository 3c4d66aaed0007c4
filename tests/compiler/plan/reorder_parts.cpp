// reorder_parts.cpp: parts get their best order, and the tree around them stays true.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/reorder_parts.hpp"

#include "plan/order_exact.hpp"
#include "plan/order_greedy.hpp"
#include "plan/order_left_to_right.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("an exact part is never dearer, and its tree stays true") {
  const CostModel model(test_target(), DType::f64);
  for (Objective objective : {Objective::seconds, Objective::flops, Objective::size, Objective::write}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Network network = random_network(seed, 12, 16, seed % 2 == 0);
      ContractionTree tree(network, model, objective, order_greedy(network, {.temperature = 3, .seed = seed}));
      for (std::uint32_t pair = tree.nodes(); pair-- > tree.tensors();) {
        const double before = tree.cost();
        const bool gained = reorder_part(tree, pair, 6, 100'000);
        CHECK((gained || tree.cost() == before));
        CHECK(tree.cost() <= before * (1 + 1e-9));
        const Order order = tree.order();
        REQUIRE(is_valid(order, 12));
        CHECK(tree.cost() == Approx(model.of_order(network, order, objective)));
      }
      CHECK_FALSE(reorder_part(tree, tree.nodes() - 1, 6, 0));  // no work, no gain
    }
  }
}

TEST_CASE("a tree that is one part gets the best order of all") {
  const CostModel model(test_target(), DType::f32);
  const Network network = lattice(3, 3, 4);
  ContractionTree tree(network, model, Objective::flops, order_left_to_right(network));
  reorder_parts(tree);
  CHECK(tree.cost() == Approx(model.of_order(network, order_exact(network, model, {.objective = Objective::flops})->order, Objective::flops)));
}

TEST_CASE("no work leaves a tree as it is, and so does a watch that is over") {
  const CostModel model(test_target(), DType::f32);
  const Network network = lattice(4, 4, 4);
  ContractionTree tree(network, model, Objective::flops, order_left_to_right(network));
  const Order before = tree.order();
  reorder_parts(tree, {.work = 0});
  SearchWatch watch(0, 0, nullptr);
  watch.stop();
  reorder_parts(tree, {.watch = &watch});
  CHECK(tree.order() == before);
}
