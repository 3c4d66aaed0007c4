// exact_search.cpp: the search betters a known tree, keeps the best one, and counts its work.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/exact_search.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

const CostModel model(test_target(), DType::f32);

// Four tensors in a ring; opposite labels are short and long.
const Piece ring{{0, 1, 2, 3},
                 {2, 100, 2, 100},
                 {0b0011, 0b0110, 0b1100, 0b1001},
                 {false, false, false, false},
                 {{0, 3}, {0, 1}, {1, 2}, {2, 3}}};

Tree tree_of(std::vector<Split> splits, double cost) { return {std::move(splits), cost}; }

}  // namespace

TEST_CASE("the search finds what is cheaper than the known tree") {
  SearchLimits limits{.objective = Objective::write};
  // Across the long labels twice: 2 * 2 elements each, then a number.
  const auto best = search_exact(ring, model, limits, tree_of({}, 1e9));
  REQUIRE(best);
  CHECK(best->cost == 4 + 4 + 1);
  REQUIRE(best->splits.size() == 3);
  for (const Split& split : best->splits) CHECK((split.lhs & split.rhs) == 0);
  CHECK((best->splits.back().lhs | best->splits.back().rhs) == 0b1111);
  CHECK(limits.pairs > 0);
  CHECK(limits.work >= limits.pairs);
}

TEST_CASE("a known tree that nothing beats is the answer") {
  SearchLimits limits{.objective = Objective::write};
  const auto best = search_exact(ring, model, limits, tree_of({{0b0110, 0b1001}}, 9));
  REQUIRE(best);
  CHECK(best->cost == 9);
  REQUIRE(best->splits.size() == 1);
  CHECK(best->splits[0].lhs == 0b0110);
}

TEST_CASE("work goes on from one part to the next, up to the limit of all") {
  SearchLimits limits{.objective = Objective::flops};
  REQUIRE(search_exact(ring, model, limits, tree_of({}, 1e9)));
  const std::uint64_t once = limits.work;
  REQUIRE(search_exact(ring, model, limits, tree_of({}, 1e9)));
  CHECK(limits.work == 2 * once);
  limits.work_limit = limits.work;
  CHECK_FALSE(search_exact(ring, model, limits, tree_of({}, 1e9)));
}
