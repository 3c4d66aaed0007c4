// build_steps.cpp: lone sums stand right before their pair; every pair is one step.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/build_steps.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;

namespace {

ir::Plan leaves(const std::vector<ir::Term>& terms) {
  ir::Plan plan;
  plan.extents = {2, 3, 5, 7};
  for (const ir::Term& term : terms) plan.leaves.push_back({static_cast<ir::ValueId>(plan.leaves.size()), term});
  return plan;
}

}  // namespace

TEST_CASE("labels of a step come from lhs, then from rhs") {
  ir::Plan plan = leaves({{1, 0}, {3, 1, 2}});
  const Built built = build_steps(plan, {{0, 1}, {0, 2, 3}}, {testing::test_target(), DType::f32}, {Planner::automatic});
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps[0].out == ir::Term{0, 3, 2});
  CHECK(built.value == 2);
}

TEST_CASE("a lone sum stands right before its pair") {
  ir::Plan plan = leaves({{0, 1}, {1, 2}, {2, 3}});
  build_steps(plan, {{0, 1, 2}, {0}}, {testing::test_target(), DType::f32}, {Planner::left_to_right});
  REQUIRE(plan.steps.size() == 3);
  CHECK(plan.steps[0].kind == ir::StepKind::contract);
  CHECK(plan.steps[1].kind == ir::StepKind::reduce);
  CHECK(plan.steps[1].out == ir::Term{2});
  CHECK(plan.steps[2].kind == ir::StepKind::contract);
}

TEST_CASE("one value that nothing happens to is its own result") {
  ir::Plan plan = leaves({{0, 1}});
  CHECK(build_steps(plan, {{0}, {1, 0}}, {testing::test_target(), DType::f32}, {Planner::exact}).value == 0);
  CHECK(plan.steps.empty());
}

TEST_CASE("a value may meet itself") {
  ir::Plan plan = leaves({{0, 1}});
  build_steps(plan, {{0, 0}, {0}}, {testing::test_target(), DType::f32}, {Planner::automatic});
  REQUIRE(plan.steps.size() == 1);
  CHECK((plan.steps[0].lhs == 0 && plan.steps[0].rhs == 0));
}
