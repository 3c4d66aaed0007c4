// order_greedy.cpp: greedy orders are valid, repeatable and sensible on networks of any size and kind.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_greedy.hpp"

#include "plan/order_left_to_right.hpp"
#include "plan/order_random_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

// w x h tensors, each with a label to its right and to its lower neighbour.
Network lattice(std::uint32_t width, std::uint32_t height, double extent) {
  Network network;
  network.tensors.resize(width * height);
  auto join = [&](std::uint32_t one, std::uint32_t other) {
    for (std::uint32_t tensor : {one, other}) network.tensors[tensor].push_back(static_cast<Label>(network.extents.size()));
    network.extents.push_back(extent);
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      if (x + 1 < width) join(y * width + x, y * width + x + 1);
      if (y + 1 < height) join(y * width + x, (y + 1) * width + x);
    }
  }
  return network;
}

Network with_one_label(std::uint32_t tensors) { return {{8}, std::vector<ir::Term>(tensors, ir::Term{0}), {}}; }

}  // namespace

TEST_CASE("greedy takes the pair that shrinks most first") {
  // ab,bc,cd: the large label c goes first.
  const Network network{{4, 4, 100, 4}, {{0, 1}, {1, 2}, {2, 3}}, {0, 3}};
  CHECK(order_greedy(network) == Order{{1, 2}, {0, 3}});
}

TEST_CASE("greedy orders any number of tensors") {
  CHECK(order_greedy(Network{{}, {{}}, {}}).empty());
  for (const Network& network : {lattice(60, 60, 2), with_one_label(5000), Network{{}, std::vector<ir::Term>(3000), {}}}) {
    const Order order = order_greedy(network);
    CHECK(is_valid(order, network.tensors.size()));
    CHECK(order == order_greedy(network));
  }
}

TEST_CASE("greedy never multiplies tensors without a common label while others have one") {
  const Network network = lattice(6, 6, 4);
  Contraction contraction(network);
  for (const Pair pair : order_greedy(network)) {
    const ir::Term lhs = contraction.labels(pair.lhs), rhs = contraction.labels(pair.rhs);
    CHECK(std::find_first_of(lhs.begin(), lhs.end(), rhs.begin(), rhs.end()) != lhs.end());
    contraction.contract(pair);
  }
}

TEST_CASE("noise finds other orders, the same for the same seed, and more trials are no worse") {
  const Network network = lattice(8, 8, 4);
  const CostModel model(test_target(), DType::f32);
  const Order noisy = order_greedy(network, {.temperature = 1, .seed = 7});
  CHECK(is_valid(noisy, 64));
  CHECK(noisy == order_greedy(network, {.temperature = 1, .seed = 7}));
  CHECK(noisy != order_greedy(network, {.temperature = 1, .seed = 8}));
  double before = model.of_order(network, order_greedy(network), Objective::flops);
  for (int trials : {1, 4, 16}) {
    const Trial trial = order_random_greedy(network, model, {.objective = Objective::flops, .trials = trials});
    CHECK(is_valid(trial.order, 64));
    CHECK(trial.cost == model.of_order(network, trial.order, Objective::flops));
    CHECK(trial.cost <= before);
    before = trial.cost;
  }
}

TEST_CASE("left to right is the order as written") {
  const Network network{{2, 2, 2, 2}, {{0, 1}, {1, 2}, {2, 3}}, {0, 3}};
  CHECK(order_left_to_right(network) == Order{{0, 1}, {3, 2}});
}
