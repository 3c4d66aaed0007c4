// make_plan.cpp: whole plans: printed, and evaluated against the plain meaning of the expression, by every planner.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/make_plan.hpp"

#include "support/networks.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

constexpr Planner planners[] = {Planner::automatic, Planner::exact, Planner::greedy, Planner::left_to_right};

ir::Plan plan_of(const std::string& text, const std::vector<Extent>& extents, Planner planner = Planner::automatic) {
  ir::Plan plan = make_plan(expression_of(text, extents), test_target(), {.planner = planner});
  ir::verify(plan);
  return plan;
}

std::size_t count_steps(const ir::Plan& plan, ir::StepKind kind) {
  return static_cast<std::size_t>(std::count_if(plan.steps.begin(), plan.steps.end(), [&](const ir::Step& step) { return step.kind == kind; }));
}

}  // namespace

TEST_CASE("the result of one operand needs a step only when something changes") {
  CHECK(plan_of("ab->ab", {2, 3}).steps.empty());
  CHECK(count_steps(plan_of("ab->ba", {2, 3}), ir::StepKind::permute) == 1);
  CHECK(count_steps(plan_of("abc->cb", {2, 3, 4}), ir::StepKind::reduce) == 1);
  CHECK(plan_of("abc->cb", {2, 3, 4}).steps.size() == 1);
  CHECK(plan_of("->", {}).steps.empty());
}

TEST_CASE("a label nobody else needs is summed before the product") {
  const ir::Plan plan = plan_of("abx,bc->ac", {20, 30, 40, 50});
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[0].kind == ir::StepKind::reduce);
  CHECK_THAT(plan.steps[0].reason, ContainsSubstring("before it is multiplied"));
}

TEST_CASE("a chain of matrices needs no permutation") {
  const ir::Plan plan = plan_of("ab,bc,cd->ad", {64, 64, 64, 64});
  CHECK(plan.steps.size() == 2);
  CHECK(plan.labels(plan.results[0].value) == plan.results[0].labels);
}

TEST_CASE("naive flops count every multiplication and addition of one loop nest") {
  CHECK(plan_of("ab,bc,cd->ad", {2, 3, 5, 7}).naive_flops == 3 * 2 * 3 * 5 * 7);
  CHECK(plan_of("a,b->ab", {2, 3}).naive_flops == 6);
  CHECK(plan_of("ab->a", {2, 3}).naive_flops == 6);
  CHECK(plan_of("ab->ba", {2, 3}).naive_flops == 0);
}

TEST_CASE("every planner computes what the expression means") {
  for (Planner planner : planners) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
      const ir::Expression expression = random_expression(seed);
      const ir::Plan plan = make_plan(expression, test_target(), {.planner = planner});
      ir::verify(plan);
      INFO(ir::print(expression) << ir::print(plan));
      CHECK(evaluate(plan, expression) == evaluate(expression));
    }
  }
}

TEST_CASE("nested and shared values are computed once and keep their meaning") {
  for (Planner planner : planners) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
      const ir::Expression expression = random_contractions(seed);
      const ir::Plan plan = make_plan(expression, test_target(), {.planner = planner});
      ir::verify(plan);
      INFO(ir::print(expression) << ir::print(plan));
      CHECK(evaluate(plan, expression) == evaluate(expression));
    }
  }
}

TEST_CASE("what is computed once for several places keeps its meaning in all of them") {
  std::size_t renames = 0;
  for (Planner planner : planners) {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const ir::Expression expression = random_repeated(seed);
      const ir::Plan plan = make_plan(expression, test_target(), {.planner = planner});
      ir::verify(plan);
      INFO(ir::print(expression) << ir::print(plan));
      for (std::size_t output = 0; output < expression.outputs.size(); ++output) CHECK(evaluate(plan, expression, output) == evaluate(expression, output));
      renames += count_steps(plan, ir::StepKind::rename);
    }
  }
  CHECK(renames > 50);
}

TEST_CASE("a plan for memory shares nothing") {
  ir::Expression expression = empty_expression(std::vector<Extent>(5, 32));
  std::vector<ir::ValueId> arguments;
  for (Label label = 0; label < 4; ++label) {
    arguments.push_back(add_operand(expression, {label, label + 1}));
    expression.values.back().operand = 0;
  }
  add_output(expression, add_contract(expression, arguments, {0, 4}), {0, 4});
  CHECK(count_steps(make_plan(expression, test_target(), {}), ir::StepKind::contract) == 2);
  CHECK(count_steps(make_plan(expression, test_target(), {.objective = Objective::size}), ir::StepKind::contract) == 3);
}

TEST_CASE("a searched order computes what the expression means") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    ir::Expression expression = empty_expression(std::vector<Extent>(60, 2));
    std::vector<ir::Term> terms(40);
    Random random(seed);
    for (Label label = 0; label < 60; ++label) {
      const std::uint64_t one = below(random, 40);
      terms[one].push_back(label);
      terms[(one + 1 + below(random, 39)) % 40].push_back(label);
    }
    std::vector<ir::ValueId> arguments;
    for (const ir::Term& term : terms) arguments.push_back(add_operand(expression, term));
    add_output(expression, add_contract(expression, arguments, {0, 7}), {7, 0});
    const Table expected = evaluate(make_plan(expression, test_target(), {.planner = Planner::greedy}), expression);
    const ir::Plan plan = make_plan(expression, test_target(), {.effort = Effort::balanced});
    ir::verify(plan);
    CHECK_THAT(plan.method, ContainsSubstring("search: 40 operands"));
    const Table got = evaluate(plan, expression);
    REQUIRE(got.labels == expected.labels);
    for (const auto& [position, number] : expected.numbers) CHECK(got.numbers.at(position) == Approx(number));
  }
}

TEST_CASE("equal input gives an equal plan") {
  const ir::Expression expression = chain(200, 8);
  CHECK(make_plan(expression, test_target(), {}) == make_plan(expression, test_target(), {}));
}

TEST_CASE("plans of thousands of operands") {
  for (Planner planner : planners) {
    const ir::Plan plan = make_plan(chain(3000, 4), test_target(), {.planner = planner});
    ir::verify(plan);
    CHECK(plan.steps.size() == 2999);
    CHECK(total_flops(plan) <= plan.naive_flops);
  }
}

TEST_CASE("absurd extents give finite costs") {
  const Extent huge = Extent{1} << 40;
  for (Planner planner : planners) {
    CHECK_NOTHROW(plan_of("ab,bc,cd,de,ef,fg->ag", std::vector<Extent>(7, huge), planner));
    CHECK_NOTHROW(plan_of("a,b,c,d,e,f,g,h,i,j->abcdefghij", std::vector<Extent>(10, huge), planner));
    CHECK_NOTHROW(plan_of("ab,bc,cd,de,ef,fg->ag", {0, 3, huge, 0, huge, 5, huge}, planner));
    CHECK_NOTHROW(plan_of(",,a,->", {0}, planner));
  }
}

TEST_CASE("a plan prints its steps, their costs and reasons") {
  ir::Plan plan = plan_of("ab,bc->ac", {512, 256, 1024});
  for (ir::Step& step : plan.steps) step.seconds = 0;  // depends on constants that are tuned
  CHECK(ir::print(plan) ==
        "plan f32 a=512 b=256 c=1024; 2 operands: one order; 2.684e+08 flops naively\n"
        "  v0 = value 0: ab\n"
        "  v1 = value 1: bc\n"
        "  v2 = contract v0 v1: ab,bc->ac  2.684e+08 flops, 3.67e+06 bytes, 0 us; 512 x 1024 x 256 (m, n, k); "
        "bound by arithmetic: at most 93 % of peak by its shape\n"
        "  result v2: ac\n");
}
