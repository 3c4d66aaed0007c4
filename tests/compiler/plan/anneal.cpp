// anneal.cpp: never worse than its tree, better than what greedy finds, the same for the same seed.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/anneal.hpp"

#include "plan/order_greedy.hpp"
#include "plan/order_left_to_right.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

double cost(const Network& network, const Order& order) { return model.of_order(network, order, Objective::flops); }

}  // namespace

TEST_CASE("annealing ends at half the cost of a greedy order, and never above its start") {
  const Network network = lattice(8, 8, 4);
  const Order start = order_greedy(network);
  const ContractionTree tree(network, model, Objective::flops, start);
  CHECK(cost(network, anneal(tree, {.work = 0})) <= cost(network, start));
  CHECK(cost(network, anneal(tree)) < 0.5 * cost(network, start));
}

TEST_CASE("equal seeds give equal orders, other seeds others") {
  const Network network = regular_network(1, 60, 3, 2);
  const ContractionTree tree(network, model, Objective::flops, order_left_to_right(network));
  const Order order = anneal(tree, {.work = 300'000, .seed = 3});
  CHECK(is_valid(order, 60));
  CHECK(order == anneal(tree, {.work = 300'000, .seed = 3}));
  CHECK(order != anneal(tree, {.work = 300'000, .seed = 4}));
}

TEST_CASE("a watch that is over ends annealing after a sweep, with an order") {
  const Network network = lattice(6, 6, 4);
  const Order start = order_left_to_right(network);
  SearchWatch watch(0, 0, nullptr);
  watch.stop();
  const Order order = anneal(ContractionTree(network, model, Objective::flops, start), {.work = ~std::uint64_t{0} / 2, .watch = &watch});
  CHECK(is_valid(order, 36));
  CHECK(cost(network, order) <= cost(network, start));
}
