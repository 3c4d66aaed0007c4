// SPDX-License-Identifier: BSD-3-Clause
#include "plan/once_first.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace einc::plan {
namespace {

bool is_sliced(const ir::Term& labels, const ir::Expression& expression) {
  return std::any_of(expression.slices.begin(), expression.slices.end(),
                     [&](const ir::Slice& slice) { return std::find(labels.begin(), labels.end(), slice.label) != labels.end(); });
}

}  // namespace

ir::Plan once_first(ir::Plan plan, const ir::Expression& expression, double most_shared) {
  if (expression.slices.empty()) return plan;
  const std::size_t leaves = plan.leaves.size();
  std::vector<bool> varies(leaves + plan.steps.size(), false);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) varies[leaf] = is_sliced(plan.leaves[leaf].labels, expression);
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    bool own = is_sliced(plan.steps[step].out, expression);
    for (ir::PlanValue read : ir::reads(plan.steps[step])) own = own || varies[read];
    varies[leaves + step] = own;
  }
  for (const ir::PlanResult& result : plan.results) varies[result.value] = true;
  std::vector<bool> kept(varies.size(), false), read_once(varies.size(), false);  // read by slices; by what is computed once
  for (std::size_t value = varies.size(); value-- > leaves;) {
    const ir::Step& step = plan.steps[value - leaves];
    if (kept[value] && !read_once[value] && ir::elements(step.out, plan.extents) > most_shared) varies[value] = true;
    for (ir::PlanValue read : ir::reads(step)) (varies[value] ? kept : read_once)[read] = true;
  }

  std::vector<std::size_t> order;
  for (const bool wanted : {false, true}) {
    for (std::size_t step = 0; step < plan.steps.size(); ++step)
      if (varies[leaves + step] == wanted) order.push_back(step);
    if (!wanted) plan.once = order.size();
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
