// order_search.cpp: both kinds of start are used, nothing is worse than greedy, equal seeds give equal orders.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_search.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

}  // namespace

TEST_CASE("a search improves greedy orders and bisections, and is never worse than greedy") {
  for (const Network& network : {lattice(8, 8, 4), random_network(3, 40, 60, true), chain_network(60, 8)}) {
    const double greedy = order_random_greedy(network, model, {.trials = 8}).cost;
    for (std::uint64_t work : {0U, 2'000'000U}) {
      const Found found = order_search(network, model, {.greedy_trials = 8, .work = work});
      CHECK(is_valid(found.trial.order, network.tensors.size()));
      CHECK(found.greedy_cost == greedy);
      CHECK(found.trial.cost == model.of_order(network, found.trial.order, Objective::seconds));
      CHECK(found.trial.cost <= greedy);
      CHECK((found.from_greedy >= 1 && found.from_bisection >= 1));
    }
  }
}

TEST_CASE("a search finds orders of half the cost of greedy ones") {
  const Network network = lattice(8, 8, 4);
  const Found found = order_search(network, model, {.objective = Objective::flops});
  CHECK(found.trial.cost < 0.6 * found.greedy_cost);
}

TEST_CASE("equal seeds give equal searches") {
  const Network network = lattice(7, 7, 3);
  const SearchOptions options{.work = 1'000'000, .seed = 9};
  const Found found = order_search(network, model, options);
  CHECK(found.trial.order == order_search(network, model, options).trial.order);
}

TEST_CASE("networks without a choice are searched all the same") {
  for (const Network& network : degenerate_networks()) {
    const Found found = order_search(network, model, {.work = 100'000});
    CHECK(found.trial.order.size() + 1 == std::max<std::size_t>(network.tensors.size(), 1));
    if (!network.tensors.empty()) CHECK(is_valid(found.trial.order, network.tensors.size()));
  }
}
