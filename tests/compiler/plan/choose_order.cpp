// choose_order.cpp: small networks get the best order, large ones a good one, and the choice says which.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include "plan/order_bisect.hpp"
#include "plan/order_random_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

std::string method(const Network& network, Planner planner, Effort effort = Effort::fast) {
  const Choice choice = choose_order(network, model, {planner, effort});
  CHECK(is_valid(choice.order, network.tensors.size()));
  CHECK(choice == choose_order(network, model, {planner, effort}));
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
  CHECK_THAT(method(lattice(10, 10, 4), Planner::automatic), ContainsSubstring("greedy: 100 operands are too many to look at every order in 1 million pairs, best of 60 trials"));
  CHECK_THAT(method(lattice(100, 100, 2), Planner::exact), ContainsSubstring("greedy: 10000 operands are too many to look at every order in 2e+03 million pairs"));
}

TEST_CASE("more effort searches where not every order can be looked at, and says what won") {
  CHECK_THAT(method(lattice(4, 4, 4), Planner::automatic, Effort::best), ContainsSubstring("exact: 16 operands"));
  const std::string balanced = method(lattice(8, 8, 4), Planner::automatic, Effort::balanced);
  CHECK_THAT(balanced, ContainsSubstring("search: 64 operands are too many to look at every order in 1 million pairs; "));
  if (bisection_by().empty()) CHECK_THAT(balanced, ContainsSubstring("improved 1 from greedy, none from bisection, which needs a build with METIS, 2 from a front; one from "));
  else CHECK_THAT(balanced, ContainsSubstring("improved 1 from greedy, 1 from bisection by METIS, 1 from a front; one from "));
  CHECK_THAT(balanced, ContainsSubstring("% of the cost of the best of 93 greedy trials"));
  CHECK_THAT(method(lattice(100, 100, 2), Planner::automatic, Effort::balanced), ContainsSubstring("greedy: 10000 operands are too many"));
  CHECK(method(lattice(8, 8, 4), Planner::greedy, Effort::best) == "greedy: 64 operands");
}

TEST_CASE("more effort never costs more in its objective") {
  // Exact ends with more effort alone, exact never ends, exact ends at once, some labels are kept or of three tensors.
  const Network networks[] = {regular_network(1, 18, 3, 2), regular_network(2, 20, 3, 2), regular_network(3, 30, 3, 2), regular_network(4, 20, 4, 2),
                              lattice(4, 5, 4), random_network(7, 60, 90, true), random_network(8, 25, 45, false)};
  for (std::size_t number = 0; number < std::size(networks); ++number) {
    INFO("network " << number);
    const Network& network = networks[number];
    const auto cost = [&](Effort effort) { return model.for_labels(network.extents).of_order(network, choose_order(network, model, {Planner::automatic, effort}).order, Objective::seconds); };
    const double fast = cost(Effort::fast), balanced = cost(Effort::balanced), best = cost(Effort::best);
    CHECK(balanced <= fast);
    CHECK(best <= balanced);
    if (number == 0) CHECK(best == cost(Effort::best));
  }
}

TEST_CASE("a search by time ends near it, with a plan for the shortest of times") {
  const Network network = lattice(8, 8, 4);
  for (double seconds : {1e-300, 1e-6, 0.05}) {
    const Choice choice = choose_order(network, model, {.objective = Objective::flops, .seconds = seconds});
    CHECK(is_valid(choice.order, 64));
    CHECK_THAT(choice.method, ContainsSubstring("search: 64 operands are too many"));
  }
  CHECK_THAT(choose_order(lattice(2, 4, 4), model, {.seconds = 1e-6}).method, ContainsSubstring("exact: 8 operands"));
  CHECK(choose_order(network, model, {.planner = Planner::greedy, .seconds = 1}).method == "greedy: 64 operands");
}

TEST_CASE("every objective is chosen for") {
  const Network network = lattice(5, 5, 3);
  for (Objective objective : {Objective::seconds, Objective::flops, Objective::size, Objective::write}) {
    const double own = model.for_labels(network.extents).of_order(network, choose_order(network, model, {.effort = Effort::balanced, .objective = objective}).order, objective);
    for (Objective other : {Objective::seconds, Objective::flops, Objective::size, Objective::write})
      CHECK(own <= model.for_labels(network.extents).of_order(network, choose_order(network, model, {.effort = Effort::balanced, .objective = other}).order, objective) * (1 + 1e-9));
  }
}

TEST_CASE("an order with an intermediate beyond counting is left for one without") {
  if (bisection_by().empty()) return;  // from a front there are nine labels at once, and no order that can be counted is found
  const Network network = lattice(8, 8, 100);
  for (Effort effort : {Effort::fast, Effort::balanced}) {
    const Choice choice = choose_order(network, model, {Planner::automatic, effort});
    CHECK(is_countable(network, model, choice.order));
    CHECK_THAT(choice.method, ContainsSubstring("search: 64 operands"));
  }
  CHECK_FALSE(is_countable(network, model, order_random_greedy(network, model, {.trials = 93}).order));
}
