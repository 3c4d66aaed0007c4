// once_first.cpp: what no slice changes stands first, and the plan means what it meant.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/once_first.hpp"

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("whatever is cut, steps stand behind what they read and mean what they meant") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    ir::Expression expression = random_expression(seed);
    const ir::Plan whole = make_plan(expression, test_target(), {});
    for (Label label = 0; label < expression.extents.size(); ++label) {
      expression.slices = {{label, 2, true}};  // of its labels only: extents stay
      for (const double most_shared : {-1.0, 3.0, 1e9}) {
        const ir::Plan plan = once_first(whole, expression, most_shared);
        INFO("seed " << seed << " label " << label << "\n" << print(plan));
        CHECK_NOTHROW(verify(plan));
        CHECK(evaluate(plan, expression) == evaluate(whole, expression));
        for (std::size_t step = 0; step < plan.once; ++step)
          CHECK(std::count(plan.steps[step].out.begin(), plan.steps[step].out.end(), label) == 0);
        if (most_shared < 0) CHECK(plan.once == 0);
      }
    }
  }
}

TEST_CASE("a product without the cut label is made once, unless it is too large to keep") {
  ir::Expression expression = expression_of("ab,bc,cd->ad", {4, 4, 4, 4});
  expression.slices = {{0, 2, false}};
  Settled settled;
  settled.orders[3] = {{1, 2}, {0, 3}};
  CHECK(make_plan(expression, test_target(), {}, {.settled = &settled}).once == 1);
  settled.most_shared = 15;
  CHECK(make_plan(expression, test_target(), {}, {.settled = &settled}).once == 0);
  settled.most_shared = 1e9, settled.orders[3] = {{0, 1}, {2, 3}};
  CHECK(make_plan(expression, test_target(), {}, {.settled = &settled}).once == 0);
}

TEST_CASE("whatever is constant, steps that read nothing else stand first") {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    ir::Expression expression = random_expression(seed);
    const ir::Plan whole = make_plan(expression, test_target(), {});
    for (std::size_t number = 0; number < expression.values.size(); ++number)
      if (expression.values[number].op == ir::Op::operand) expression.values[number].constant = (seed + number) % 3 != 0;
    const ir::Plan plan = make_plan(expression, test_target(), {});
    INFO("seed " << seed << "\n" << print(plan));
    CHECK_NOTHROW(verify(plan));
    CHECK(evaluate(plan, expression) == evaluate(whole, expression));
    found += plan.beforehand > 0;
    std::vector<bool> varies;
    for (const ir::Leaf& leaf : plan.leaves) varies.push_back(!expression.values[leaf.value].constant);
    for (std::size_t step = 0; step < plan.steps.size(); ++step) {
      bool own = false;
      for (const ir::PlanValue read : ir::reads(plan.steps[step])) own = own || varies[read];
      varies.push_back(own);
      const bool is_result = std::any_of(plan.results.begin(), plan.results.end(), [&](const ir::PlanResult& result) { return result.value == plan.leaves.size() + step; });
      CHECK((step < plan.beforehand) == (!own && !is_result));
    }
  }
  CHECK(found > 20);
}

TEST_CASE("constants that are cut are no constants") {
  ir::Expression expression = expression_of("ab,bc,cd->ad", {4, 4, 4, 4});
  for (const std::size_t operand : {0u, 1u, 2u}) expression.values[operand].constant = operand > 0;
  Settled settled;
  settled.orders[3] = {{1, 2}, {0, 3}};
  const auto planned = [&](Label label) {
    expression.slices = {{label, 2, label == 2}};
    const ir::Plan plan = make_plan(expression, test_target(), {}, {.settled = &settled});
    return std::pair{plan.beforehand, plan.once};
  };
  CHECK(planned(0) == std::pair<std::size_t, std::size_t>{1, 1});
  CHECK(planned(2) == std::pair<std::size_t, std::size_t>{0, 0});
}
