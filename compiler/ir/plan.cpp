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
    case StepKind::map: return "map";
    case StepKind::view: return "view";
    case StepKind::rename: return "rename";
    case StepKind::concat: return "concat";
    case StepKind::gather: return "gather";
    case StepKind::stream: return "stream";
    case StepKind::part: return "part";
    case StepKind::online: return "online";
  }
  return "?";
}

// A plan, or the plan of one tile of a stream: both have leaves, steps, extents and labels().
template <class AnyPlan>
std::string spell_value(const AnyPlan& plan, PlanValue value, LabelNames& names) {
  if (value >= plan.leaves.size() + plan.steps.size()) return "?";
  return names(plan.labels(value));
}

template <class AnyPlan>
std::string print_step(const AnyPlan& plan, std::size_t index, LabelNames& names) {
  const Step& step = plan.steps[index];
  std::string line = fmt::format("v{} = {}", plan.leaves.size() + index, name_of(step.kind));
  if (step.value != no_id) line += fmt::format(" %{}", step.value);
  std::string terms;
  for (PlanValue read : reads(step)) {
    line += fmt::format(" v{}", read);
    terms += (terms.empty() ? "" : ",") + spell_value(plan, read, names);
  }
  line += fmt::format(": {}->{}", terms, names(step.out));
  if (step.factor != 1) line += fmt::format(" times {}", step.factor);
  if (step.blocks != 0) line += fmt::format(", {} blocks of rows, mirrored", step.blocks);
  if (step.accumulates) line += ", added up over the tiles";
  if (step.mask_only) line += ", where a tile is partly hidden";
  line += fmt::format("  {:.4g} flops, {:.4g} bytes, {:.3g} us", step.flops, step.bytes, step.seconds * 1e6);
  if (!step.reason.empty()) line += fmt::format("; {}", step.reason);
  return line + "\n";
}

std::string print_stream(const StreamPlan& stream, LabelNames& names) {
  std::string text = "    tiles";
  for (std::size_t i = 0; i < stream.frame.size(); ++i) text += fmt::format(" {}:{}", names(stream.frame[i]), stream.tiles[i]);
  if (stream.together > 1) text += fmt::format(", {} row tiles together", stream.together);
  if (stream.part > 0) text += fmt::format(", parts of {} tiles", stream.part);
  text += fmt::format(", {:.4g} bytes a thread\n", stream.tile_bytes);
  for (std::size_t leaf = 0; leaf < stream.leaves.size(); ++leaf)
    text += fmt::format("    v{} = value {}: {}\n", leaf, stream.leaves[leaf].value, names(stream.leaves[leaf].labels));
  for (std::size_t step = 0; step < stream.steps.size(); ++step)
    text += fmt::format("    {}{}", step == stream.finish ? "after the last tile:\n    " : "", print_step(stream, step, names));
  for (std::size_t i = 0; i < stream.results.size(); ++i) text += fmt::format("    %{} is v{}\n", stream.values[i], stream.results[i]);
  return text;
}

// ---- verify: each function answers with what is wrong, or nothing ---------------------------------------------------

using Fault = std::optional<std::string>;

bool has(const std::set<Label>& labels, Label label) { return labels.count(label) != 0; }

template <class AnyPlan>
Fault check_term(const AnyPlan& plan, const Term& term, std::string_view what) {
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

bool reads_two(StepKind kind) { return kind == StepKind::contract; }
bool reads_one(StepKind kind) {
  return kind == StepKind::reduce || kind == StepKind::permute || kind == StepKind::view || kind == StepKind::rename || kind == StepKind::part ||
         kind == StepKind::online;
}

// Whether something is wrong with the names; in memory both stand in the same order.
template <class AnyPlan>
bool check_rename(const AnyPlan& plan, const Step& step) {
  const Term& from = plan.labels(step.lhs);
  if (from.size() != step.out.size() || from.size() != step.names.size()) return true;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto name = std::find(step.names.begin(), step.names.end(), std::pair{from[i], step.out[i]});
    if (name == step.names.end() || plan.extents[from[i]] != plan.extents[step.out[i]]) return true;
  }
  return false;
}

template <class AnyPlan>
Fault check_step(const AnyPlan& plan, std::size_t index) {
  const Step& step = plan.steps[index];
  const std::size_t self = plan.leaves.size() + index;
  if (reads_two(step.kind) != (step.rhs != no_value)) return fmt::format("v{} has the wrong number of operands", self);
  if ((reads_one(step.kind) || reads_two(step.kind)) != (step.lhs != no_value)) return fmt::format("v{} has the wrong number of operands", self);
  for (PlanValue read : reads(step))
    if (read >= self) return fmt::format("v{} uses v{}, which is not earlier", self, read);
  if (Fault fault = check_term(plan, step.out, fmt::format("v{}", self))) return fault;
  for (double cost : {step.flops, step.bytes, step.seconds}) {
    if (!std::isfinite(cost) || cost < 0) return fmt::format("v{} has a cost that is no number", self);
  }
  const std::set<Label> out(step.out.begin(), step.out.end());
  if (step.kind == StepKind::contract) {
    const Term &first = plan.labels(step.lhs), &second = plan.labels(step.rhs);
    Fault fault = check_contract({first.begin(), first.end()}, {second.begin(), second.end()}, out);
    return fault ? fmt::format("v{}: {}", self, *fault) : fault;
  }
  if (step.kind == StepKind::rename) return check_rename(plan, step) ? fmt::format("v{} has other labels than its names say", self) : Fault{};
  if (step.kind != StepKind::reduce && step.kind != StepKind::permute) return {};
  const Term& first = plan.labels(step.lhs);
  const std::set<Label> lhs(first.begin(), first.end());
  if (!std::includes(lhs.begin(), lhs.end(), out.begin(), out.end())) return fmt::format("v{} has a label from nowhere", self);
  if (step.kind == StepKind::permute && lhs != out) return fmt::format("v{} permutes and loses a label", self);
  return {};
}

Fault check_stream(const Plan& plan, const Step& step) {
  if (step.stream >= plan.streams.size()) return fmt::format("stream {} does not exist", step.stream);
  const StreamPlan& stream = plan.streams[step.stream];
  if (stream.frame.empty() || stream.frame.size() != stream.tiles.size()) return "a stream has no loops, or tiles without loops";
  if (stream.leaves.size() != step.arguments.size()) return "a stream has other leaves than arguments";
  if (stream.results.size() != stream.values.size() || stream.results.empty()) return "a stream has no results";
  for (PlanValue result : stream.results)
    if (result >= stream.leaves.size() + stream.steps.size()) return "a result of a stream does not exist";
  if ((stream.online != no_step && stream.online >= stream.finish) || stream.finish > stream.steps.size()) return "a stream weighs nothing before it finishes";
  for (std::size_t i = 0; i < stream.steps.size(); ++i)
    if (Fault fault = check_step(stream, i)) return "in a stream: " + *fault;
  return {};
}

Fault check_uses(const Plan& plan) {
  std::vector<bool> used(value_count(plan), false);
  for (const Step& step : plan.steps) {
    for (PlanValue read : reads(step)) used[read] = true;
    if (step.kind == StepKind::stream)
      if (Fault fault = check_stream(plan, step)) return fault;
  }
  for (const PlanResult& result : plan.results) {
    if (result.value >= used.size()) return fmt::format("the result v{} does not exist", result.value);
    used[result.value] = true;
  }
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
  for (const PlanResult& result : plan.results) {
    if (Fault fault = check_term(plan, result.labels, "the result")) return fault;
    const Term& made = plan.labels(result.value);
    if (std::set<Label>(made.begin(), made.end()) != std::set<Label>(result.labels.begin(), result.labels.end())) {
      return "the result has other labels than asked for";
    }
  }
  if (plan.once < plan.beforehand || plan.once > plan.steps.size()) return fmt::format("{} steps beforehand and {} once, of {}", plan.beforehand, plan.once, plan.steps.size());
  for (std::size_t step = 0; step < plan.beforehand; ++step)
    for (const PlanResult& result : plan.results)
      if (result.value == plan.leaves.size() + step) return fmt::format("the result v{} is computed beforehand, where there is no place for it", result.value);
  if (!std::isfinite(plan.naive_flops) || plan.naive_flops < 0) return "the naive cost is no number";
  return {};
}

}  // namespace

std::vector<PlanValue> reads(const Step& step) {
  std::vector<PlanValue> values = step.arguments;
  if (step.lhs != no_value) values.push_back(step.lhs);
  if (step.rhs != no_value) values.push_back(step.rhs);
  return values;
}

double total_flops(const Plan& plan) {
  double sum = 0;
  for (std::size_t step = plan.beforehand; step < plan.steps.size(); ++step) sum += plan.steps[step].flops;
  return sum;
}

double total_seconds(const Plan& plan) {
  double sum = 0;
  for (std::size_t step = plan.beforehand; step < plan.steps.size(); ++step) sum += plan.steps[step].seconds;
  return sum;
}

double largest_intermediate_bytes(const Plan& plan) {
  double largest = 0;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    const PlanValue value = static_cast<PlanValue>(plan.leaves.size() + step);
    const StepKind kind = plan.steps[step].kind;
    if (kind == StepKind::view || kind == StepKind::rename || kind == StepKind::stream) continue;
    if (std::any_of(plan.results.begin(), plan.results.end(), [&](const PlanResult& result) { return result.value == value; })) continue;
    largest = std::max(largest, elements(plan.steps[step].out, plan.extents));
  }
  return largest * static_cast<double>(bytes_of(plan.dtype));
}

std::string print(const Plan& plan) {
  LabelNames names;
  std::string body;
  if (plan.beforehand > 0) body += fmt::format("  beforehand: {} of {} steps\n", plan.beforehand, plan.steps.size());
  for (std::size_t leaf = 0; leaf < plan.leaves.size(); ++leaf) {
    body += fmt::format("  v{} = value {}: {}\n", leaf, plan.leaves[leaf].value, names(plan.leaves[leaf].labels));
  }
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    body += "  " + print_step(plan, step, names);
    if (plan.steps[step].kind == StepKind::stream) body += print_stream(plan.streams[plan.steps[step].stream], names);
  }
  for (const PlanResult& result : plan.results) body += fmt::format("  result v{}: {}\n", result.value, names(result.labels));

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
