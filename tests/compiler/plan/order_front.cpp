// order_front.cpp: the front goes through a lattice without spreading; every order is valid, equal seeds give equal ones.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_front.hpp"

#include <algorithm>

#include "plan/cost.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("a front stays as thin as a lattice is high, however long it is") {
  const Network network = lattice(200, 5, 3);
  const Order order = order_front(network);
  REQUIRE(is_valid(order, 1000));
  Contraction contraction(network);
  for (std::size_t step = 0; step < order.size(); ++step) {
    contraction.contract(order[step]);
    CHECK(contraction.labels(static_cast<std::uint32_t>(1000 + step)).size() <= 8);
  }
}

TEST_CASE("each tensor but the first is taken in on its own") {
  const Network network = regular_network(1, 30, 3, 2);
  for (std::uint32_t first : {0U, 7U, 29U}) {
    const Order order = order_front(network, {.first = first});
    REQUIRE(is_valid(order, 30));
    CHECK((order[0].lhs == first || order[0].rhs == first));
    for (std::size_t step = 1; step < order.size(); ++step) CHECK(order[step].rhs == 30 + step - 1);
  }
}

TEST_CASE("every network has its front, whatever it starts with") {
  for (const Network& network : degenerate_networks()) {
    for (double temperature : {0.0, 1.0}) {
      const Order order = order_front(network, {.first = 3, .temperature = temperature});
      CHECK(order.size() + 1 == std::max<std::size_t>(network.tensors.size(), 1));
      if (!network.tensors.empty()) CHECK(is_valid(order, network.tensors.size()));
    }
  }
}

TEST_CASE("equal seeds give equal fronts, other seeds others") {
  const Network network = lattice(12, 12, 3);
  const Order order = order_front(network, {.temperature = 0.5, .seed = 4});
  CHECK(order == order_front(network, {.temperature = 0.5, .seed = 4}));
  CHECK(order != order_front(network, {.temperature = 0.5, .seed = 5}));
}
