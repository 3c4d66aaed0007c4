// choose_order.cpp: small networks get the best order, large ones a good one, and the choice says which.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

std::string method(const Network& network, Planner planner) {
  const Choice choice = choose_order(network, model, planner);
  CHECK(is_valid(choice.order, network.tensors.size()));
  CHECK(choice == choose_order(network, model, planner));
  return choice.method;
}

}  // namespace

TEST_CASE("the planner asked for answers") {
  const Network network = lattice(2, 2, 8);
  CHECK_THAT(method(network, Planner::exact), ContainsSubstring("exact: 4 operands, best of 15 orders"));
  CHECK_THAT(method(network, Planner::automatic), ContainsSubstring("exact: 4 operands"));
  CHECK(method(network, Planner::greedy) == "greedy: 4 operands");
  CHECK(method(network, Planner::left_to_right) == "left to right: 4 operands as written");
}

TEST_CASE("two operands leave no choice") {
  CHECK(method(lattice(2, 1, 8), Planner::automatic) == "2 operands: one order");
}

TEST_CASE("automatic takes the exact planner as far as its work allows, then greedy") {
  CHECK_THAT(method(lattice(4, 4, 4), Planner::automatic), ContainsSubstring("exact: 16 operands"));
  CHECK_THAT(method(lattice(10, 10, 4), Planner::automatic), ContainsSubstring("greedy: 100 operands are too many to look at every order, best of 60 trials"));
  CHECK_THAT(method(lattice(100, 100, 2), Planner::exact), ContainsSubstring("greedy: 10000 operands are too many"));
}
