// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_base.hpp"

#include <algorithm>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

namespace einc::plan {
namespace {

// What a mask hides, if nothing else depends on it.
std::optional<std::uint32_t> hidden_argument(const ir::ScalarCode& code) {
  const std::optional<std::uint32_t> argument = ir::masked_argument(code);
  if (!argument) return {};
  const ir::ScalarOp& last = code.back();
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    if (code[i].function == ir::Function::argument && code[i].in[0] == *argument && i != last.in[1]) return {};
    const auto inputs = code[i].in.begin() + ir::input_count(code[i].function);
    if (std::find(code[i].in.begin(), inputs, last.in[1]) != inputs) return {};
  }
  return last.in[0] == last.in[1] ? std::nullopt : argument;
}

}  // namespace

void choose_base(ir::StreamPlan& plan, const ir::Expression& expression, ir::ValueId maximum) {
  plan.powers_of_two = false;
  if (plan.online == ir::no_step) return;
  const auto step = [&](ir::PlanValue value) -> ir::Step& { return plan.steps[value - plan.leaves.size()]; };
  // A step of this plan that so many others read, and nobody outside.
  const auto is_private = [&](ir::PlanValue value, std::ptrdiff_t readers) {
    std::ptrdiff_t count = 0;
    for (const ir::Step& other : plan.steps) {
      const std::vector<ir::PlanValue> all = ir::reads(other);
      count += std::count(all.begin(), all.end(), value);
    }
    return value >= plan.leaves.size() && count == readers && std::find(plan.results.begin(), plan.results.end(), value) == plan.results.end();
  };
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (plan.steps[i].kind == ir::StepKind::part && plan.steps[i].value == maximum && !is_private(static_cast<ir::PlanValue>(plan.leaves.size() + i), 0)) return;
  ir::PlanValue scores = plan.steps[plan.online].lhs;
  if (is_private(scores, 1) && step(scores).mask_only) {
    const std::optional<std::uint32_t> hidden = hidden_argument(expression.values[step(scores).value].code);
    if (!hidden) return;
    scores = step(scores).arguments[*hidden];
  }
  if (!is_private(scores, 1) || step(scores).kind != ir::StepKind::contract || step(scores).accumulates) return;
  step(scores).factor *= std::numbers::log2e;
  plan.powers_of_two = true;
}

}  // namespace einc::plan
