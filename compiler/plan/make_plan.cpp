// SPDX-License-Identifier: BSD-3-Clause
#include "plan/make_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "plan/build_steps.hpp"
#include "plan/cost.hpp"
#include "plan/flatten.hpp"
#include "plan/layout_steps.hpp"
#include "plan/price_steps.hpp"

namespace einc::plan {
namespace {

ir::Term distinct(const ir::Term& term) {
  ir::Term result;
  for (Label label : term) {
    if (std::find(result.begin(), result.end(), label) == result.end()) result.push_back(label);
  }
  return result;
}

// Leaves of all operands that the units need, in the order in which they are met; tells where each value now is.
std::vector<ir::PlanValue> place_leaves(ir::Plan& plan, const ir::Expression& expression, const std::vector<Unit>& units,
                                        ir::ValueId result) {
  std::vector<ir::PlanValue> place(expression.values.size(), ir::no_value);
  auto add = [&](ir::ValueId value) {
    if (expression.values[value].op != ir::Op::operand || place[value] != ir::no_value) return;
    place[value] = static_cast<ir::PlanValue>(plan.leaves.size());
    plan.leaves.push_back({value, expression.values[value].labels});
  };
  for (const Unit& unit : units) {
    for (ir::ValueId argument : unit.arguments) add(argument);
  }
  add(result);
  return place;
}

// One loop nest over all labels of a unit: a multiplication for each operand but the first, an addition when it sums.
double naive_flops_of(const ir::Expression& expression, const Unit& unit) {
  std::set<Label> labels;
  for (ir::ValueId argument : unit.arguments) {
    const ir::Term& term = expression.values[argument].labels;
    labels.insert(term.begin(), term.end());
  }
  double positions = 1;
  for (Label label : labels) positions = std::min(positions * static_cast<double>(expression.extents[label]), largest_product);
  return positions * (static_cast<double>(unit.arguments.size()) - (labels.size() > unit.labels.size() ? 0 : 1));
}

void compute_units(ir::Plan& plan, const std::vector<Unit>& units, std::vector<ir::PlanValue>& place,
                   const CostModel& model, const Options& options) {
  for (const Unit& unit : units) {
    Sources sources{{}, unit.labels};
    for (ir::ValueId argument : unit.arguments) sources.values.push_back(place[argument]);
    Built built = build_steps(plan, sources, model, options.planner, options.effort);
    place[unit.value] = built.value;
    plan.method = std::move(built.method);  // of the last unit: the one that makes the output
  }
}

// Only an operand that is the output itself can lie in a wrong order: a step writes the order it is asked for.
void permute_result(ir::Plan& plan) {
  if (plan.result >= plan.leaves.size() || plan.labels(plan.result) == plan.result_labels) return;
  plan.steps.push_back({.kind = ir::StepKind::permute, .lhs = plan.result, .out = plan.result_labels});
  plan.result = static_cast<ir::PlanValue>(plan.leaves.size() + plan.steps.size() - 1);
}

}  // namespace

ir::Plan make_plan(const ir::Expression& expression, const ir::Target& target, const Options& options) {
  if (expression.outputs.size() != 1) {
    throw InternalError(fmt::format("a plan needs one output\n{}", print(expression)));
  }
  const ir::Output& output = expression.outputs[0];
  const std::vector<Unit> units = flatten(expression, output.value);

  ir::Plan plan;
  plan.dtype = expression.values[output.value].dtype;
  plan.extents = expression.extents;
  plan.result_labels = distinct(output.labels);
  plan.method = "1 operand: nothing to choose";
  std::vector<ir::PlanValue> place = place_leaves(plan, expression, units, output.value);
  for (const Unit& unit : units) plan.naive_flops += naive_flops_of(expression, unit);
  plan.naive_flops = std::min(plan.naive_flops, largest_product);

  // The order is chosen as for one thread: then it, and every bit of the result, is the same for any number of them.
  ir::Target alone = target;
  alone.threads = 1;
  compute_units(plan, units, place, CostModel(alone, plan.dtype), options);
  plan.result = place[output.value];
  permute_result(plan);
  return price_steps(layout_steps(std::move(plan)), CostModel(target, plan.dtype));
}

}  // namespace einc::plan
