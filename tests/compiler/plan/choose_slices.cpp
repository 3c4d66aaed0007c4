// choose_slices.cpp: cuts of an expression are those of its network; what a network lacks is cut too when slices are asked for.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_slices.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("at least as many slices as asked for, of labels that may be cut alone") {
  const ir::Expression expression = expression_of("ab,bc,cd->ad", {12, 30, 8, 7});
  for (const double wanted : {2.0, 7.0, 100.0, 2000.0}) {
    const std::optional<SliceChoice> choice = choose_slices(expression, {true, true, true, false}, test_target(), {}, {.least_slices = wanted});
    REQUIRE(choice);
    double slices = 1;
    for (Label label = 0; label < 4; ++label) {
      CHECK(expression.extents[label] % choice->parts[label] == 0);
      slices *= static_cast<double>(choice->parts[label]);
    }
    CHECK(slices >= wanted);
    CHECK(choice->parts[3] == 1);
    CHECK(choice->settled.orders.size() == 1);
  }
  CHECK_FALSE(choose_slices(expression, {true, true, true, false}, test_target(), {}, {.least_slices = 12 * 30 * 8 + 1}));
}

TEST_CASE("one operand has no network, and is cut all the same") {
  const ir::Expression expression = expression_of("ab->a", {6, 4});
  const std::optional<SliceChoice> choice = choose_slices(expression, {true, true}, test_target(), {}, {.least_slices = 20});
  REQUIRE(choice);
  CHECK(choice->parts == std::vector<Extent>{6, 4});
  CHECK(cut_all(expression, {true, false}, {}).parts == std::vector<Extent>{6, 1});
}
