// order_bisect.cpp: the cheap cut is found, every order is valid, equal seeds give equal orders.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_bisect.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("two clusters joined by a thin label are told apart") {
  // 0 1 2 and 3 4 5 are triangles of large labels; label 6 joins them.
  const Network network{{50, 50, 50, 50, 50, 50, 2}, {{0, 2}, {0, 1}, {1, 2, 6}, {3, 5, 6}, {3, 4}, {4, 5}}, {}};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Order order = order_bisect(network, {.imbalance = 0, .seed = seed});
    REQUIRE(is_valid(order, 6));
    Contraction contraction(network);
    for (std::size_t step = 0; step + 1 < order.size(); ++step) contraction.contract(order[step]);
    CHECK(contraction.labels(order.back().lhs) == ir::Term{6});
    CHECK(contraction.labels(order.back().rhs) == ir::Term{6});
  }
}

TEST_CASE("a thin lattice is cut across, not along") {
  const Network network = lattice(64, 3, 4);
  const Order order = order_bisect(network);
  REQUIRE(is_valid(order, 192));
  Contraction contraction(network);
  for (const Pair pair : order) contraction.contract(pair);
  CHECK(contraction.labels(order.back().lhs).size() == 3);
}

TEST_CASE("every network has its halves") {
  for (const Network& network : degenerate_networks()) {
    for (double imbalance : {0.0, 0.1, 0.5}) {
      const Order order = order_bisect(network, {.imbalance = imbalance});
      CHECK(order.size() + 1 == std::max<std::size_t>(network.tensors.size(), 1));
      if (!network.tensors.empty()) CHECK(is_valid(order, network.tensors.size()));
    }
  }
}

TEST_CASE("equal seeds give equal halves, other seeds others") {
  const Network network = lattice(12, 12, 3);
  CHECK(order_bisect(network, {.seed = 4}) == order_bisect(network, {.seed = 4}));
  CHECK(order_bisect(network, {.seed = 4}) != order_bisect(network, {.seed = 5}));
}
