// explain_constants.cpp: what explain() says of constant operands: which steps are computed before any call, and what calls save by it.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/compiled_state.hpp"
#include "api/describe.hpp"

namespace einc::detail {

void add_constants(PlanSummary& summary, const compiler::Compilation& compilation) {
  summary.constants = compilation.constants;
  summary.beforehand_steps = compilation.executable.beforehand;
  summary.beforehand_bytes = compilation.executable.beforehand_bytes;
  for (std::size_t step = 0; step < compilation.plan.beforehand; ++step) summary.beforehand_flops += compilation.plan.steps[step].flops;
  for (std::size_t i = 0; i < summary.beforehand_steps; ++i) summary.beforehand_seconds += summary.steps[i].seconds;
}

std::string constants_text(const PlanSummary& summary, const compiler::Compilation& compilation) {
  if (summary.constants.empty()) return "";
  const std::size_t count = summary.constants.size();
  std::string which = fmt::format("operand{} {}", count == 1 ? "" : "s", fmt::join(summary.constants, ", "));
  if (compilation.is_program) {
    which.clear();
    for (const std::uint32_t input : summary.constants) which += (which.empty() ? "" : ", ") + compilation.input_names[input];
  }
  std::string text = fmt::format("before  {} {} constant: ", which, count == 1 ? "is" : "are");
  if (summary.beforehand_steps == 0) return text + "no step reads nothing else, so every call computes all of them\n";
  const std::string steps = summary.beforehand_steps == 1 ? "step 1 is" : fmt::format("steps 1 to {} are", summary.beforehand_steps);
  return text + fmt::format("{} computed once, not in every call; that saves a call {}flop, predicted {}, and keeps {}\n", steps,
                            amount(summary.beforehand_flops) + (summary.beforehand_flops < 999.5 ? " " : ""), seconds(summary.beforehand_seconds),
                            bytes(static_cast<double>(summary.beforehand_bytes)));
}

}  // namespace einc::detail
