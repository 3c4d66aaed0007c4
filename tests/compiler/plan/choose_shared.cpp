// choose_shared.cpp: sharing decides between orders where it pays, and nowhere else.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_shared.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const ir::Expression nothing = empty_expression({});
const CostModel model(test_target(), DType::f32);

SharedTensors tensors_of(const Network& network, bool equal) {
  SharedTensors tensors;
  for (std::uint32_t tensor = 0; tensor < network.tensors.size(); ++tensor) tensors.in_plan.push_back({1000 + (equal ? 0 : tensor), network.tensors[tensor]});
  tensors.in_network = tensors.in_plan;
  return tensors;
}

Choice choose(const Network& network, bool equal, Planner planner, Sharing& sharing) {
  return choose_shared(network, tensors_of(network, equal), model, {.planner = planner}, sharing);
}

}  // namespace

TEST_CASE("different tensors get the order they get alone") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Network network = random_network(seed, 7, 9, true);
    Sharing sharing(nothing);
    CHECK(choose(network, false, Planner::automatic, sharing) == choose_order(network, model));
  }
}

TEST_CASE("equal matrices are multiplied by doubling, and the method says so") {
  Sharing sharing(nothing);
  const Choice choice = choose(chain_network(8, 128), true, Planner::automatic, sharing);
  CHECK(is_valid(choice.order, 8));
  CHECK_THAT(choice.method, ContainsSubstring("3 of 7 contractions computed"));
  Sharing more(nothing);
  CHECK_THAT(choose(chain_network(16, 128), true, Planner::automatic, more).method, ContainsSubstring("4 of 15 contractions computed"));
}

TEST_CASE("matrices that end in a vector are not squared for sharing's sake") {
  Network network = chain_network(9, 128);
  network.extents.back() = 1;
  SharedTensors tensors = tensors_of(network, true);
  tensors.in_plan.back().number = tensors.in_network.back().number = 7;
  Sharing sharing(nothing);
  const Choice choice = choose_shared(network, tensors, model, {}, sharing);
  CHECK_THAT(choice.method, ContainsSubstring("exact"));
}

TEST_CASE("a planner that was asked for by name keeps its order") {
  Sharing sharing(nothing);
  const Choice choice = choose(chain_network(4, 128), true, Planner::left_to_right, sharing);
  CHECK(choice.order == choose_order(chain_network(4, 128), model, {.planner = Planner::left_to_right}).order);
}

TEST_CASE("the same contraction again costs nothing") {
  Sharing sharing(nothing);
  const Network network = lattice(3, 3, 16);
  const Choice first = choose(network, false, Planner::automatic, sharing);
  std::vector<Identity> identities = tensors_of(network, false).in_plan;
  Contraction contraction(network);
  for (const Pair pair : first.order) {
    contraction.contract(pair);
    identities.push_back(sharing.contract(identities[pair.lhs], identities[pair.rhs], contraction.labels(static_cast<std::uint32_t>(identities.size()))));
    sharing.keep(static_cast<ir::PlanValue>(identities.size()), identities.back());
  }
  const Choice again = choose(network, false, Planner::automatic, sharing);
  CHECK_THAT(again.method, ContainsSubstring("along the order of a contraction before, with 9 of its 9 tensors; 0 of 8 contractions computed"));
}
