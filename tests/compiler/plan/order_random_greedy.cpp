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

TEST_CASE("of a ladder with one tensor that varies, trials gather the constants on either side of it") {
  constexpr std::uint32_t sites = 30;
  Network ladder;  // rungs of extent 2, rails of 16
  ladder.tensors.resize(2 * sites);
  const auto join = [&](std::uint32_t one, std::uint32_t other, double extent) {
    for (const std::uint32_t tensor : {one, other}) ladder.tensors[tensor].push_back(static_cast<Label>(ladder.extents.size()));
    ladder.extents.push_back(extent);
  };
  for (std::uint32_t site = 0; site < sites; ++site) {
    join(site, sites + site, 2);
    if (site + 1 < sites) join(site, site + 1, 16), join(sites + site, sites + site + 1, 16);
  }
  ladder.constant.assign(2 * sites, true);
  ladder.constant[sites / 2] = false;
  const CostModel model(test_target(), DType::f64);
  const Trial trial = order_random_greedy(ladder, model, {.objective = Objective::flops, .trials = 8});
  // The call: all constants come to an array as large as the tensor. Beforehand: some 120 contractions of 16 x 16 with 16 x 32.
  CHECK(trial.cost < 2 * 2 * 16 * 16 + constant_weight * 2.5e6);
  CHECK(trial.cost < order_random_greedy(ladder, model, {.objective = Objective::flops, .trials = 1}).cost);
}
