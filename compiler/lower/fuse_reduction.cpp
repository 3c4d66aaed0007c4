// SPDX-License-Identifier: BSD-3-Clause
#include "lower/fuse_reduction.hpp"

#include <algorithm>

namespace einc::lower {

ir::Fold fold_of(const ir::Expression& expression, const ir::Step& step) {
  if (step.kind == ir::StepKind::reduce) return ir::Fold::sum;
  if (step.kind != ir::StepKind::map || expression.values[step.value].op != ir::Op::reduce) return ir::Fold::none;
  return expression.values[step.value].extreme == ir::Extreme::maximum ? ir::Fold::maximum : ir::Fold::minimum;
}

std::size_t reduction_behind(const ir::Expression& expression, const ir::Plan& plan, std::size_t step) {
  const ir::Step& map = plan.steps[step];
  if (map.kind != ir::StepKind::map || expression.values[map.value].op != ir::Op::map) return no_reduction;
  const auto value = static_cast<ir::PlanValue>(plan.leaves.size() + step);
  for (const ir::PlanResult& result : plan.results)
    if (result.value == value) return no_reduction;
  std::size_t reader = no_reduction;
  for (std::size_t other = 0; other < plan.steps.size(); ++other) {
    const std::vector<ir::PlanValue> all = ir::reads(plan.steps[other]);
    if (std::find(all.begin(), all.end(), value) == all.end()) continue;
    if (reader != no_reduction) return no_reduction;
    reader = other;
  }
  return reader != no_reduction && fold_of(expression, plan.steps[reader]) != ir::Fold::none ? reader : no_reduction;
}

}  // namespace einc::lower
