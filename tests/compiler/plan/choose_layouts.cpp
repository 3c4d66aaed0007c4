// choose_layouts.cpp: intermediates lie so that all contractions together take least, as far as whoever is asked knows.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_layouts.hpp"

#include <algorithm>

#include <einc/error.hpp>
#include <einc/options.hpp>
#include <einc/tensor_view.hpp>

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

// Takes as long as it has loops, and twice that where the result's neighbours are neighbours in no operand.
double by_groups(const LaidContraction& contraction) {
  const auto near = [](const LabelGroup& group) { return (group.in & 4) == 0 || group.out != 1 || group.lhs == 1 || group.rhs == 1; };
  const bool all_near = std::all_of(contraction.groups.begin(), contraction.groups.end(), near);
  return static_cast<double>(contraction.groups.size() + 1) * (all_near ? 1 : 2);
}

const ContractionSeconds seconds = by_groups;

ir::Plan plan_of(const ir::Expression& expression, const ContractionSeconds* asked) {
  return make_plan(expression, test_target(), {.planner = Planner::greedy}, {nullptr, nullptr, nullptr, asked});
}

InMemory lying(const ir::Plan& plan, const ir::Expression& expression, ir::PlanValue value) {
  if (value < plan.leaves.size()) return {plan.leaves[value].labels, expression.values[plan.leaves[value].value].strides};
  if (value == plan.results[0].value) return {expression.outputs[0].labels, expression.outputs[0].strides};
  std::vector<Extent> extents;
  for (Label label : plan.labels(value)) extents.push_back(plan.extents[label]);
  return {plan.labels(value), row_major(extents)};
}

double total(const ir::Plan& plan, const ir::Expression& expression) {
  LayoutPrices prices(seconds, plan.extents, plan.dtype);
  double sum = 0;
  for (std::size_t step = 0; step < plan.steps.size(); ++step)
    sum += prices(lying(plan, expression, plan.steps[step].lhs), lying(plan, expression, plan.steps[step].rhs),
                  lying(plan, expression, static_cast<ir::PlanValue>(plan.leaves.size() + step)));
  return sum;
}

ir::Expression ring(Label count, Extent extent) {
  ir::Expression expression = empty_expression(std::vector<Extent>(2 * count, extent));
  std::vector<ir::ValueId> arguments;
  for (Label label = 0; label < count; ++label) arguments.push_back(add_operand(expression, {label, static_cast<Label>(count + label), (label + 1) % count}));
  ir::Term kept;
  for (Label label = 0; label < count; ++label) kept.push_back(2 * count - 1 - label);
  add_output(expression, add_contract(expression, arguments, kept), kept);
  expression.outputs[0].strides = row_major(std::vector<Extent>(count, extent));
  return expression;
}

}  // namespace

TEST_CASE("only the order of labels changes, never which there are, and results stay as they are wanted") {
  for (Label count : {3U, 5U, 8U}) {
    const ir::Expression expression = ring(count, 3);
    const ir::Plan before = plan_of(expression, nullptr), after = plan_of(expression, &seconds);
    verify(after);
    REQUIRE(before.steps.size() == after.steps.size());
    for (std::size_t step = 0; step < before.steps.size(); ++step) {
      CHECK(std::is_permutation(before.steps[step].out.begin(), before.steps[step].out.end(), after.steps[step].out.begin(), after.steps[step].out.end()));
      CHECK(before.steps[step].lhs == after.steps[step].lhs);
    }
    CHECK(after.steps.back().out == before.steps.back().out);
    CHECK(total(after, expression) < total(before, expression));
  }
}

TEST_CASE("of one intermediate the best order of all is found") {
  const ir::Expression expression = expression_of("abc,cde,ebf->afd", {4, 4, 4, 4, 4, 4});
  const ir::Plan chosen = plan_of(expression, &seconds);
  ir::Plan tried = chosen;
  ir::Term& order = tried.steps[0].out;
  std::sort(order.begin(), order.end());
  double least = total(chosen, expression);
  do least = std::min(least, total(tried, expression));
  while (std::next_permutation(order.begin(), order.end()));
  CHECK(total(chosen, expression) == least);
}

TEST_CASE("a whole tree is decided at once: two steps change where neither alone would gain") {
  // Whoever is asked wants both intermediates of a chain turned, or neither.
  const ContractionSeconds turned = [](const LaidContraction& contraction) {
    double sum = 1;
    for (const LabelGroup& group : contraction.groups) {
      if ((group.in & 1) != 0 && (group.in & 4) != 0 && group.lhs != 1 && group.out != 1) sum += 1;  // both outside, or
      if ((group.in & 1) != 0 && (group.in & 4) != 0 && (group.lhs == 1) != (group.out == 1)) sum += 10;
    }
    return sum;
  };
  const ir::Expression expression = expression_of("ab,bc,cd,de->ea", {3, 4, 5, 6, 7});
  const ir::Plan plan = make_plan(expression, test_target(), {.planner = Planner::left_to_right}, {nullptr, nullptr, nullptr, &turned});
  REQUIRE(plan.steps.size() == 3);
  CHECK((plan.steps[0].out.back() == 0) == (plan.steps[1].out.back() == 0));
}

TEST_CASE("what several steps read is laid out for all of them") {
  // x = ab,bc is read twice; whoever is asked likes it with its first label last.
  ir::Expression expression = empty_expression({4, 5, 6, 7, 8});
  const ir::ValueId a = add_operand(expression, {0, 1}), b = add_operand(expression, {1, 2}), c = add_operand(expression, {2, 3}), d = add_operand(expression, {2, 4});
  const ir::ValueId shared = add_contract(expression, {a, b}, {0, 2});
  expression.values[shared].grouped = true;
  add_output(expression, add_contract(expression, {shared, c}, {0, 3}), {0, 3});
  add_output(expression, add_contract(expression, {shared, d}, {0, 4}), {0, 4});
  for (const Extent wanted : {4, 6}) {
    const ContractionSeconds asked = [&](const LaidContraction& contraction) {
      double sum = 1;
      for (const LabelGroup& group : contraction.groups)
        if ((group.in & 5) == 5 || (group.in & 3) == 3) sum += group.extent == wanted && group.lhs == 1 ? 0 : 1;
      return sum;
    };
    const ir::Plan plan = make_plan(expression, test_target(), {}, {nullptr, nullptr, nullptr, &asked});
    REQUIRE(plan.steps.size() == 3);
    CHECK(plan.extents[plan.steps[0].out.back()] == wanted);
  }
}

TEST_CASE("labels without positions, and arrays without an end, are left alone") {
  const auto never = ContractionSeconds([](const LaidContraction&) -> double { throw InternalError("asked about what nobody runs"); });
  CHECK_NOTHROW(plan_of(expression_of("ab,bc,cd->ad", {3, 0, 3, 3}), &never));
  const Extent huge = Extent{1} << 40;
  CHECK_NOTHROW(plan_of(expression_of("ab,cb,cd->ad", {huge, 1, huge, huge}), &never));
}
