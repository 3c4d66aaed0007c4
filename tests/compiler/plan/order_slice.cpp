// order_slice.cpp: what is found keeps its limits, is the same for the same seed, and costs little more than the whole.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_slice.hpp"

#include "plan/order_greedy.hpp"
#include "plan/sliced_network.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

Cuttable all_of(const Network& network) {
  Cuttable cuttable;
  for (const double extent : network.extents) cuttable.extents.push_back(static_cast<Extent>(extent));
  return cuttable;
}

double live(const Network& network, const Order& order) { return SlicedNetwork(network, model, order, std::vector<Extent>(network.extents.size(), 1), {}).now().live; }

}  // namespace

TEST_CASE("limits are kept, whatever they are, and parts divide extents") {
  for (const Network& network : {lattice(5, 5, 4), regular_network(3, 20, 3, 6), chain_network(9, 12), random_network(2, 14, 20, true)}) {
    const Order start = order_greedy(network);
    const double whole = live(network, start);
    for (const double share : {0.9, 0.3, 0.05, 0.01}) {
      const SliceOptions options{.most_live = std::max(share * whole, 3.0), .least_slices = share < 0.1 ? 50.0 : 1.0, .work = 1'000'000};
      const std::optional<SlicedOrder> found = order_slice(network, model, {start}, all_of(network), options);
      REQUIRE(found);
      CHECK(is_valid(found->order, network.tensors.size()));
      CHECK(found->live <= options.most_live);
      CHECK(found->slices >= options.least_slices);
      for (std::size_t label = 0; label < network.extents.size(); ++label) CHECK(static_cast<Extent>(network.extents[label]) % found->parts[label] == 0);
      const auto again = SlicedNetwork(network, model, found->order, found->parts, {options.most_live, found->most_shared, false}).now();
      CHECK(again.cost == Approx(found->cost));
      CHECK(again.live == Approx(found->live));
      CHECK(order_slice(network, model, {start}, all_of(network), options)->parts == found->parts);
    }
  }
}

TEST_CASE("what may not be cut is not, and then there may be no way") {
  const Network network = chain_network(6, 8);
  Cuttable cuttable = all_of(network);
  cuttable.extents.assign(cuttable.extents.size(), 1);
  CHECK_FALSE(order_slice(network, model, {order_greedy(network)}, cuttable, {.most_live = 4}));
  cuttable.extents[2] = 8;
  const std::optional<SlicedOrder> found = order_slice(network, model, {order_greedy(network)}, cuttable, {.least_slices = 8});
  REQUIRE(found);
  CHECK(found->parts[2] == 8);
  CHECK_FALSE(order_slice(network, model, {order_greedy(network)}, cuttable, {.least_slices = 9}));
}

TEST_CASE("a lattice in a quarter of its memory costs less than four times the flops") {
  const Network network = lattice(6, 6, 4);
  const Order start = order_greedy(network);
  const auto whole = SlicedNetwork(network, model, start, std::vector<Extent>(network.extents.size(), 1), {}).now();
  const std::optional<SlicedOrder> found = order_slice(network, model, {start}, all_of(network), {.most_live = whole.live / 4});
  REQUIRE(found);
  CHECK(found->flops < 4 * whole.flops);
}
