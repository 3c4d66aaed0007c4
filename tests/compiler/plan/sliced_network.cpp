// sliced_network.cpp: what one more cut comes to is what the network with shorter extents comes to.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/sliced_network.hpp"

#include "plan/order_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

}  // namespace

TEST_CASE("a cut foretold is the cut made, and the network built with it") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Network network = regular_network(seed, 12, 3, 4);
    if (seed % 3 == 0)
      for (std::size_t tensor = 0; tensor < 12; ++tensor) network.constant.push_back((seed + tensor) % 4 != 0);
    const Order order = order_greedy(network);
    const SlicedNetwork::Limits limits{20, 8, seed % 2 == 0};
    SlicedNetwork sliced(network, model, order, std::vector<Extent>(network.extents.size(), 1), limits);
    for (const Label label : {3U, 7U, 3U, 11U}) {
      const SlicedNetwork::Figures foretold = sliced.with(label, 2);
      sliced.cut(label, 2);
      const SlicedNetwork::Figures built = SlicedNetwork(network, model, order, sliced.parts(), limits).now();
      for (const SlicedNetwork::Figures& figures : {foretold, built}) {
        CHECK(figures.slices == sliced.now().slices);
        CHECK(figures.cost == Approx(sliced.now().cost));
        CHECK(figures.flops == Approx(sliced.now().flops));
        CHECK(figures.live == Approx(sliced.now().live));
        CHECK(figures.excess == Approx(sliced.now().excess));
      }
    }
  }
}

TEST_CASE("uncut, the cost is that of the order; live elements are those of intermediates alive together") {
  const Network chain = chain_network(4, 10);
  const Order order{{0, 1}, {2, 3}, {4, 5}};
  const SlicedNetwork::Figures figures = SlicedNetwork(chain, model, order, std::vector<Extent>(5, 1), {}).now();
  CHECK(figures.cost == Approx(model.of_order(chain, order, Objective::seconds)));
  CHECK(figures.live == 200);
  CHECK(SlicedNetwork(chain, model, {{0, 1}, {2, 4}, {3, 5}}, std::vector<Extent>(5, 1), {.partials = true}).now().live == 300);
}

TEST_CASE("what constants make counts next to nothing, until it is cut") {
  Network chain = chain_network(4, 10);
  chain.constant = {false, true, true, true};
  const Order order{{2, 3}, {1, 4}, {0, 5}};
  SlicedNetwork sliced(chain, model, order, std::vector<Extent>(5, 1), {});
  CHECK(sliced.now().flops == Approx(2000 + 2 * 2000 * constant_weight));
  CHECK(sliced.now().cost == Approx(model.of_order(chain, order, Objective::seconds)));
  sliced.cut(3, 2);  // between the last two: their product is made in each slice, of halves
  CHECK(sliced.now().flops == Approx(3 * 2000 + 2 * 2000));
}

TEST_CASE("what all slices read counts once, unless it is too large to keep") {
  const Network chain = chain_network(4, 10);
  const Order order{{0, 1}, {2, 3}, {4, 5}};
  std::vector<Extent> parts(5, 1);
  parts[0] = 10;
  const SlicedNetwork::Figures kept = SlicedNetwork(chain, model, order, parts, {}).now();
  CHECK(kept.flops == 10 * (2 * 100 + 2 * 100) + 2 * 1000);
  CHECK(kept.live == 100 + 10);
  const SlicedNetwork::Figures again = SlicedNetwork(chain, model, order, parts, {.most_shared = 99}).now();
  CHECK(again.flops == 10 * (2 * 100 + 2 * 100 + 2 * 1000));
  CHECK(again.live == 100 + 10);
}

TEST_CASE("a lean order makes the same contractions and keeps no more alive") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Network network = random_network(seed, 3 + seed % 20, static_cast<Label>(5 + seed % 20), false);
    const Order order = order_greedy(network), lean = lean_order(network, order);
    REQUIRE(is_valid(lean, network.tensors.size()));
    const std::vector<Extent> whole(network.extents.size(), 1);
    const SlicedNetwork::Figures before = SlicedNetwork(network, model, order, whole, {}).now(), after = SlicedNetwork(network, model, lean, whole, {}).now();
    CHECK(after.cost == Approx(before.cost));
    CHECK(after.live <= before.live * (1 + 1e-9));
  }
}
