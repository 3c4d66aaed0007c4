// SPDX-License-Identifier: BSD-3-Clause
#include "plan/plan_value.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "plan/build_steps.hpp"

namespace einc::plan {
namespace {

// One loop nest over all labels of a unit: a multiplication for each operand but the first, an addition when it sums.
double naive_flops_of(const ir::Plan& plan, const ir::Expression& expression, const Unit& unit) {
  std::set<Label> labels;
  for (ir::ValueId argument : unit.arguments) {
    const ir::Term& term = expression.values[argument].labels;
    labels.insert(term.begin(), term.end());
  }
  double positions = 1;
  for (Label label : labels) positions = std::min(positions * static_cast<double>(plan.extents[label]), largest_product);
  return positions * (static_cast<double>(unit.arguments.size()) - (labels.size() > unit.labels.size() ? 0 : 1));
}

ir::PlanValue plan_unit(ir::Plan& plan, const ValueContext& context, ir::ValueId value, const std::vector<ir::PlanValue>& place) {
  const Unit unit = context.flattening.unit_of(value);
  Sources sources{{}, unit.labels};
  if (context.constants != nullptr) sources.constant = constants_of(*context.constants, unit.arguments);
  if (context.settled != nullptr && context.settled->orders.contains(value)) sources.order = &context.settled->orders.at(value);
  for (ir::ValueId argument : unit.arguments) sources.values.push_back(place[argument]);
  plan.naive_flops = std::min(plan.naive_flops + naive_flops_of(plan, context.expression, unit), largest_product);
  const std::size_t before = plan.steps.size();
  const Options& options = context.options;
  const double seconds = context.seconds_an_argument * static_cast<double>(unit.arguments.size());
  const Steps given = context.given != nullptr && sources.values.size() > 2 ? context.given->next(unit.arguments) : Steps{};
  Built built = build_steps(plan, sources, context.model, {options.planner, options.effort, options.objective, seconds, options.seed, context.control}, given, context.sharing);
  if (!built.order.empty()) plan.orders.push_back({static_cast<std::uint32_t>(sources.values.size()), places_of(built.order, sources.values.size()), value, unit.arguments});
  plan.method = std::move(built.method);  // of the last unit: the one nearest to the output
  if (unit.factor == 1) return built.value;
  const bool is_new = plan.steps.size() > before && built.value == plan.leaves.size() + plan.steps.size() - 1 && plan.steps.back().kind != ir::StepKind::rename;
  if (!is_new)  // an operand, or what somebody else reads as it is
    return append(plan, {.kind = ir::StepKind::permute, .lhs = built.value, .out = plan.labels(built.value), .factor = unit.factor});
  plan.steps.back().factor = unit.factor;
  if (context.sharing != nullptr) context.sharing->forget(built.value);
  return built.value;
}

}  // namespace

ir::PlanValue append(ir::Plan& plan, ir::Step step) {
  plan.steps.push_back(std::move(step));
  return static_cast<ir::PlanValue>(plan.leaves.size() + plan.steps.size() - 1);
}

std::vector<bool> constants_of(const std::vector<bool>& constant_values, const std::vector<ir::ValueId>& values) {
  std::vector<bool> constant;
  for (ir::ValueId value : values) constant.push_back(constant_values[value]);
  if (std::find(constant.begin(), constant.end(), true) == constant.end()) constant.clear();
  return constant;
}

std::vector<ir::ValueId> arguments_of(const ValueContext& context, ir::ValueId value) {
  if (context.expression.values[value].op == ir::Op::contract) return context.flattening.unit_of(value).arguments;
  return context.expression.values[value].arguments;
}

ir::PlanValue plan_value(ir::Plan& plan, const ValueContext& context, ir::ValueId value, const std::vector<ir::PlanValue>& place) {
  const ir::Value& made = context.expression.values[value];
  ir::Step step{.out = made.labels, .value = value};
  switch (made.op) {
    case ir::Op::contract: return plan_unit(plan, context, value, place);
    case ir::Op::map:
    case ir::Op::reduce: step.kind = ir::StepKind::map; break;
    case ir::Op::concat: step.kind = ir::StepKind::concat; break;
    case ir::Op::gather: step.kind = ir::StepKind::gather; break;
    case ir::Op::view:
      step.kind = ir::StepKind::view;
      step.lhs = place[made.arguments[0]];
      return append(plan, std::move(step));
    case ir::Op::operand:
    case ir::Op::iota:
    case ir::Op::constant: throw InternalError(fmt::format("%{} is a source: it has a place before any step", value));
  }
  for (ir::ValueId argument : made.arguments) step.arguments.push_back(place[argument]);
  return append(plan, std::move(step));
}

}  // namespace einc::plan
