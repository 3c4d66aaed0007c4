// SPDX-License-Identifier: BSD-3-Clause
#include "plan/once_first.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace einc::plan {
namespace {

// When a step runs: each level before the next.
enum Level : std::uint8_t { beforehand, once, always, nothing };  // nothing: it reads no array, so that it runs when its reader does

bool is_sliced(const ir::Term& labels, const ir::Expression& expression) {
  return std::any_of(expression.slices.begin(), expression.slices.end(),
                     [&](const ir::Slice& slice) { return std::find(labels.begin(), labels.end(), slice.label) != labels.end(); });
}

Level later(Level one, Level other) { return one == nothing ? other : other == nothing ? one : std::max(one, other); }

// Of every leaf and step, by what it reads and where it writes.
std::vector<Level> levels_of(const ir::Plan& plan, const ir::Expression& expression) {
  const std::size_t leaves = plan.leaves.size();
  const Level call = expression.slices.empty() ? always : once;
  std::vector<Level> levels(leaves + plan.steps.size(), nothing);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    const ir::Value& value = expression.values[plan.leaves[leaf].value];
    const bool reads_nothing = value.op == ir::Op::iota || value.op == ir::Op::constant;
    levels[leaf] = is_sliced(plan.leaves[leaf].labels, expression) ? always : reads_nothing ? nothing : value.op == ir::Op::operand && value.constant ? beforehand : call;
  }
  for (const ir::PlanResult& result : plan.results) {  // the caller's arrays are there during the call alone
    if (result.value < leaves) continue;
    levels[result.value] = always;
    const ir::Step& step = plan.steps[result.value - leaves];
    if (step.kind == ir::StepKind::part && step.lhs >= leaves) levels[step.lhs] = always;  // the stream writes it
  }
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    Level level = is_sliced(plan.steps[step].out, expression) ? always : levels[leaves + step];
    for (ir::PlanValue read : ir::reads(plan.steps[step])) level = later(level, levels[read]);
    levels[leaves + step] = level;
  }
  std::vector<Level> earliest(levels.size(), call);  // of those who read a value
  for (std::size_t value = levels.size(); value-- > leaves;) {
    if (levels[value] == nothing) levels[value] = earliest[value];
    for (ir::PlanValue read : ir::reads(plan.steps[value - leaves])) earliest[read] = std::min(earliest[read], levels[value]);
  }
  return levels;
}

}  // namespace

ir::Plan once_first(ir::Plan plan, const ir::Expression& expression, double most_shared) {
  const std::size_t leaves = plan.leaves.size();
  std::vector<Level> levels = levels_of(plan, expression);
  if (std::all_of(levels.begin() + static_cast<std::ptrdiff_t>(leaves), levels.end(), [](Level level) { return level == always; })) return plan;
  std::vector<bool> kept(levels.size(), false), read_before(levels.size(), false);  // read by slices; by what is computed before them
  for (std::size_t value = levels.size(); value-- > leaves;) {
    const ir::Step& step = plan.steps[value - leaves];
    if (kept[value] && !read_before[value] && ir::elements(step.out, plan.extents) > most_shared) levels[value] = always;
    for (ir::PlanValue read : ir::reads(step)) (levels[value] == always ? kept : read_before)[read] = true;
  }

  std::vector<std::size_t> order;
  for (const Level wanted : {beforehand, once, always}) {
    for (std::size_t step = 0; step < plan.steps.size(); ++step)
      if (levels[leaves + step] == wanted) order.push_back(step);
    if (wanted == beforehand) plan.beforehand = order.size();
    if (wanted == once) plan.once = order.size();
  }
  std::vector<ir::PlanValue> place(leaves + plan.steps.size());
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) place[leaf] = static_cast<ir::PlanValue>(leaf);
  for (std::size_t at = 0; at < order.size(); ++at) place[leaves + order[at]] = static_cast<ir::PlanValue>(leaves + at);
  std::vector<ir::Step> steps;
  for (const std::size_t from : order) {
    ir::Step& step = steps.emplace_back(std::move(plan.steps[from]));
    for (ir::PlanValue* read : {&step.lhs, &step.rhs})
      if (*read != ir::no_value) *read = place[*read];
    for (ir::PlanValue& read : step.arguments) read = place[read];
  }
  plan.steps = std::move(steps);
  for (ir::PlanResult& result : plan.results) result.value = place[result.value];
  return plan;
}

}  // namespace einc::plan
