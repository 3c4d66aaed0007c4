// order_search.cpp: every kind of start is used, nothing is worse than greedy, equal seeds give equal orders for any number of workers.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_search.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "plan/order_bisect.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

// As many threads as workers; the calling one is the last to begin.
SearchControl threads(int count) {
  const auto run = [](int workers, const std::function<void()>& body) {
    std::vector<std::thread> others;
    for (int worker = 1; worker < workers; ++worker) others.emplace_back(body);
    body();
    for (std::thread& other : others) other.join();
  };
  return {run, count, {}};
}

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
      CHECK(found.rounds[0] >= 1);
      CHECK((found.rounds[1] >= 1) != bisection_by().empty());
      CHECK(found.rounds[2] >= 1);
      CHECK(found.beats_greedy == (found.trial.cost < greedy));
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

TEST_CASE("any number of workers finds the same order") {
  const Network network = regular_network(1, 60, 3, 2);
  const Found alone = order_search(network, model, {.work = 3'000'000, .seed = 5});
  for (int workers : {1, 2, 7, 64}) {
    const SearchControl control = threads(workers);
    const Found found = order_search(network, model, {.work = 3'000'000, .seed = 5, .control = &control});
    CHECK(found.trial.order == alone.trial.order);
    CHECK(found.won == alone.won);
    CHECK(found.rounds == alone.rounds);
  }
}

TEST_CASE("a search by time has an order however short it is, and ends where rounds find nothing new") {
  const SearchControl control = threads(2);
  for (const Network& network : {lattice(8, 8, 4), lattice(50, 60, 2), chain_network(20, 8)}) {
    const Found found = order_search(network, model, {.seconds = 1e-6, .control = &control});
    CHECK(is_valid(found.trial.order, network.tensors.size()));
    CHECK(found.greedy_trials == 1);
  }
  const Found found = order_search(chain_network(12, 8), model, {.seconds = 1e5, .control = &control});
  CHECK(found.rounds[0] + found.rounds[1] + found.rounds[2] >= 24);
  CHECK_FALSE(found.stopped);
}

TEST_CASE("whoever watches ends a search with the best so far") {
  SearchControl control = threads(2);
  double told = 0;
  control.progress = [&](const PlanState& state) {
    told = state.cost;
    return false;
  };
  const Network network = lattice(8, 8, 4);
  const Found found = order_search(network, model, {.greedy_trials = 1, .work = 1'000'000'000'000, .control = &control});
  CHECK(found.stopped);
  CHECK(told > 0);
  CHECK(found.trial.cost <= told);
  CHECK(is_valid(found.trial.order, 64));
}

TEST_CASE("what whoever watches throws ends a search") {
  SearchControl control;
  control.progress = [](const PlanState&) -> bool { throw std::runtime_error("enough"); };
  CHECK_THROWS_WITH(order_search(lattice(8, 8, 4), model, {.work = 1'000'000'000'000, .control = &control}), "enough");
}

TEST_CASE("a front finds for a cube what halves and greedy orders do not") {
  Network network;
  network.tensors.resize(216);
  const auto join = [&](std::uint32_t one, std::uint32_t other) {
    for (std::uint32_t tensor : {one, other}) network.tensors[tensor].push_back(static_cast<Label>(network.extents.size()));
    network.extents.push_back(2);
  };
  for (std::uint32_t tensor = 0; tensor < 216; ++tensor) {
    if (tensor % 6 < 5) join(tensor, tensor + 1);
    if (tensor / 6 % 6 < 5) join(tensor, tensor + 6);
    if (tensor / 36 < 5) join(tensor, tensor + 36);
  }
  const Found found = order_search(network, model, {.objective = Objective::flops, .greedy_trials = 1, .work = 60'000'000});
  CHECK(found.won == Start::front);
  CHECK(found.trial.cost < 1.5e16);  // the others end above 3e16
}
