// order_random_greedy.cpp: more trials are never worse, and equal seeds give equal orders.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_random_greedy.hpp"

#include "plan/order_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("more trials are never worse, and the first one is plain greedy") {
  const Network network = lattice(8, 8, 4);
  const CostModel model(test_target(), DType::f32);
  double before = model.of_order(network, order_greedy(network), Objective::flops);
  for (int trials : {1, 4, 16}) {
    const Trial trial = order_random_greedy(network, model, {.objective = Objective::flops, .trials = trials});
    CHECK(is_valid(trial.order, 64));
    CHECK(trial.cost == model.of_order(network, trial.order, Objective::flops));
    CHECK(trial.cost <= before);
    before = trial.cost;
  }
}

TEST_CASE("equal seeds give equal orders") {
  const Network network = lattice(5, 5, 3);
  const CostModel model(test_target(), DType::f64);
  CHECK(order_random_greedy(network, model, {.seed = 3}).order == order_random_greedy(network, model, {.seed = 3}).order);
}
