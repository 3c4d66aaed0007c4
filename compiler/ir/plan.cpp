// plan.cpp: printing, checking and summing up a Plan.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "ir/label_names.hpp"

namespace einc::ir {
namespace {

std::size_t value_count(const Plan& plan) { return plan.leaves.size() + plan.steps.size(); }

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::contract: return "contract";
    case StepKind::reduce: return "reduce";
    case StepKind::permute: return "permute";
  }
  return "?";
}

std::string spell_value(const Plan& plan, PlanValue value, LabelNames& names) {
  if (value >= value_count(plan)) return "?";
  return names(plan.labels(value));
}

std::string print_step(const Plan& plan, std::size_t index, LabelNames& names) {
  const Step& step = plan.steps[index];
  std::string line = fmt::format("  v{} = {} v{}", plan.leaves.size() + index, name_of(step.kind), step.lhs);
  if (step.rhs != no_value) line += fmt::format(" v{}", step.rhs);
  line += fmt::format(": {}", spell_value(plan, step.lhs, names));
  if (step.rhs != no_value) line += fmt::format(",{}", spell_value(plan, step.rhs, names));
  line += fmt::format("->{}  {:.4g} flops, {:.4g} bytes, {:.3g} us", names(step.out), step.flops, step.bytes,
                      step.seconds * 1e6);
  if (!step.reason.empty()) line += fmt::format("; {}", step.reason);
  return line + "\n";
}

// ---- verify: each function answers with what is wrong, or nothing ---------------------------------------------------

using Fault = std::optional<std::string>;

bool has(const std::set<Label>& labels, Label label) { return labels.count(label) != 0; }

Fault check_term(const Plan& plan, const Term& term, std::string_view what) {
  std::set<Label> seen;
  for (Label label : term) {
    if (label >= plan.extents.size()) return fmt::format("{} has a label {} without an extent", what, label);
    if (!seen.insert(label).second) return fmt::format("{} has label {} twice", what, label);
  }
  return {};
}

Fault check_contract(const std::set<Label>& lhs, const std::set<Label>& rhs, const std::set<Label>& out) {
  for (Label label : out) {
    if (!has(lhs, label) && !has(rhs, label)) return fmt::format("label {} comes from nowhere", label);
  }
  for (const auto& [one, other] : {std::pair{&lhs, &rhs}, std::pair{&rhs, &lhs}}) {
    for (Label label : *one) {
      if (!has(*other, label) && !has(out, label)) return fmt::format("label {} is in one operand only, yet summed", label);
    }
  }
  return {};
}

Fault check_step(const Plan& plan, std::size_t index) {
  const Step& step = plan.steps[index];
  const std::size_t self = plan.leaves.size() + index;
  if (step.lhs >= self) return fmt::format("v{} uses v{}, which is not earlier", self, step.lhs);
  if ((step.kind == StepKind::contract) != (step.rhs != no_value)) return fmt::format("v{} has the wrong number of operands", self);
  if (step.rhs != no_value && step.rhs >= self) return fmt::format("v{} uses v{}, which is not earlier", self, step.rhs);
  if (Fault fault = check_term(plan, step.out, fmt::format("v{}", self))) return fault;
  for (double cost : {step.flops, step.bytes, step.seconds}) {
    if (!std::isfinite(cost) || cost < 0) return fmt::format("v{} has a cost that is no number", self);
  }
  const Term& first = plan.labels(step.lhs);
  const std::set<Label> lhs(first.begin(), first.end()), out(step.out.begin(), step.out.end());
  if (step.kind == StepKind::contract) {
    const Term& second = plan.labels(step.rhs);
    Fault fault = check_contract(lhs, {second.begin(), second.end()}, out);
    return fault ? fmt::format("v{}: {}", self, *fault) : fault;
  }
  if (!std::includes(lhs.begin(), lhs.end(), out.begin(), out.end())) return fmt::format("v{} has a label from nowhere", self);
  if (step.kind == StepKind::permute && lhs != out) return fmt::format("v{} permutes and loses a label", self);
  return {};
}

Fault check_uses(const Plan& plan) {
  std::vector<bool> used(value_count(plan), false);
  for (const Step& step : plan.steps) {
    used[step.lhs] = true;
    if (step.rhs != no_value) used[step.rhs] = true;
  }
  if (plan.result >= used.size()) return fmt::format("the result v{} does not exist", plan.result);
  used[plan.result] = true;
  for (std::size_t value = plan.leaves.size(); value < used.size(); ++value) {
    if (!used[value]) return fmt::format("v{} is computed but never used", value);
  }
  return {};
}

Fault find_fault(const Plan& plan) {
  for (std::size_t label = 0; label < plan.extents.size(); ++label) {
    if (plan.extents[label] < 0) return fmt::format("label {} has the extent {}", label, plan.extents[label]);
  }
  for (std::size_t leaf = 0; leaf < plan.leaves.size(); ++leaf) {
    if (Fault fault = check_term(plan, plan.leaves[leaf].labels, fmt::format("v{}", leaf))) return fault;
  }
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    if (Fault fault = check_step(plan, step)) return fault;
  }
  if (Fault fault = check_uses(plan)) return fault;
  if (Fault fault = check_term(plan, plan.result_labels, "the result")) return fault;
  const Term& made = plan.labels(plan.result);
  if (std::set<Label>(made.begin(), made.end()) != std::set<Label>(plan.result_labels.begin(), plan.result_labels.end())) {
    return "the result has other labels than asked for";
  }
  if (!std::isfinite(plan.naive_flops) || plan.naive_flops < 0) return "the naive cost is no number";
  return {};
}

}  // namespace

double total_flops(const Plan& plan) {
  double sum = 0;
  for (const Step& step : plan.steps) sum += step.flops;
  return sum;
}

double total_seconds(const Plan& plan) {
  double sum = 0;
  for (const Step& step : plan.steps) sum += step.seconds;
  return sum;
}

double largest_intermediate_bytes(const Plan& plan) {
  double largest = 0;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    if (plan.leaves.size() + step == plan.result) continue;
    largest = std::max(largest, elements(plan.steps[step].out, plan.extents));
  }
  return largest * static_cast<double>(bytes_of(plan.dtype));
}

std::string print(const Plan& plan) {
  LabelNames names;
  std::string body;
  for (std::size_t leaf = 0; leaf < plan.leaves.size(); ++leaf) {
    body += fmt::format("  v{} = value {}: {}\n", leaf, plan.leaves[leaf].value, names(plan.leaves[leaf].labels));
  }
  for (std::size_t step = 0; step < plan.steps.size(); ++step) body += print_step(plan, step, names);
  body += fmt::format("  result v{}: {}\n", plan.result, names(plan.result_labels));

  std::vector<std::pair<std::size_t, Label>> order;
  for (const auto& [label, number] : names.numbers()) order.emplace_back(number, label);
  std::sort(order.begin(), order.end());
  std::string extents;
  for (const auto& [number, label] : order) {
    extents += fmt::format(" {}={}", names(label), label < plan.extents.size() ? fmt::to_string(plan.extents[label]) : "?");
  }
  return fmt::format("plan {}{}{}; {:.4g} flops naively\n{}", einc::name_of(plan.dtype), extents,
                     plan.method.empty() ? "" : "; " + plan.method, plan.naive_flops, body);
}

void verify(const Plan& plan) {
  if (Fault fault = find_fault(plan)) throw InternalError(fmt::format("bad plan: {}\n{}", *fault, print(plan)));
}

}  // namespace einc::ir
