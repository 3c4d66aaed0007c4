// order_left_to_right.cpp: ((a b) c) d, whatever it costs.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_left_to_right.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc::plan;

TEST_CASE("left to right is the order as written") {
  const Network network{{2, 2, 2, 2}, {{0, 1}, {1, 2}, {2, 3}}, {0, 3}};
  CHECK(order_left_to_right(network) == Order{{0, 1}, {3, 2}});
  CHECK(order_left_to_right(Network{{}, {{}}, {}}).empty());
  CHECK(einc::testing::is_valid(order_left_to_right(einc::testing::lattice(9, 9, 2)), 81));
}
