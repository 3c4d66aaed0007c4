// SPDX-License-Identifier: BSD-3-Clause
#include "plan/price_steps.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/cost.hpp"

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// AnyPlan: a plan, or the plan of one tile of a stream.
template <class AnyPlan>
double elements(const AnyPlan& plan, const ir::Term& term) {
  double count = 1;
  for (Label label : term) count = std::min(count * static_cast<double>(plan.extents[label]), largest_product);
  return count;
}

template <class AnyPlan>
Loops loops_of(const AnyPlan& plan, const ir::Step& step) {
  const ir::Term &lhs = plan.labels(step.lhs), &rhs = plan.labels(step.rhs);
  Loops loops;
  auto take = [&](double& loop, Label label) {
    loop = std::min(loop * static_cast<double>(plan.extents[label]), largest_product);
  };
  for (Label label : lhs) {
    if (!contains(rhs, label)) {
      take(loops.m, label);
    } else {
      take(contains(step.out, label) ? loops.batch : loops.k, label);
    }
  }
  for (Label label : rhs) {
    if (!contains(lhs, label)) take(loops.n, label);
  }
  return loops;
}

// Elements of the operand that has the result's innermost label, but with another free label innermost. Labels stand as in memory:
// where an operand comes with other strides, this is a guess.
template <class AnyPlan>
double gathered(const AnyPlan& plan, const ir::Step& step) {
  const auto innermost = [&](const ir::Term& term) {
    const auto last = std::find_if(term.rbegin(), term.rend(), [&](Label label) { return plan.extents[label] > 1; });
    return last == term.rend() ? std::optional<Label>() : *last;
  };
  const ir::Term &lhs = plan.labels(step.lhs), &rhs = plan.labels(step.rhs);
  const std::optional<Label> stored = innermost(step.out);
  if (!stored || contains(lhs, *stored) == contains(rhs, *stored)) return 0;
  const ir::Term& own = contains(lhs, *stored) ? lhs : rhs;
  const std::optional<Label> near = innermost(own);
  return near != stored && contains(step.out, *near) && !contains(contains(lhs, *stored) ? rhs : lhs, *near) ? elements(plan, own) : 0;
}

std::string spell_bytes(double bytes) {
  if (bytes < 1e3) return fmt::format("{:.0f} bytes", bytes);
  if (bytes < 1e6) return fmt::format("{:.3g} kB", bytes * 1e-3);
  if (bytes < 1e9) return fmt::format("{:.3g} MB", bytes * 1e-6);
  return fmt::format("{:.3g} GB", bytes * 1e-9);
}

std::string spell_shape(const Loops& loops) {
  if (loops.k == 1 && loops.m == 1 && loops.n == 1) return loops.batch == 1 ? "a product of two numbers" : "a product element by element";
  if (loops.k == 1) return loops.m == 1 || loops.n == 1 ? "scales one operand by the other" : "an outer product";
  const std::string_view batched = loops.batch > 1 ? "s" : "";
  if (loops.m == 1 && loops.n == 1) return fmt::format("{} of {:.6g}", loops.batch > 1 ? "dot products" : "a dot product", loops.k);
  if (loops.m == 1 || loops.n == 1) {
    return fmt::format("matrix{} of {:.6g} x {:.6g} times vector{}", loops.batch > 1 ? "es" : "", std::max(loops.m, loops.n), loops.k, batched);
  }
  return fmt::format("{:.6g} x {:.6g} x {:.6g} (m, n, k)", loops.m, loops.n, loops.k);
}

// The extent that keeps a compute-bound contraction from peak, when one clearly does.
std::string spell_culprit(const Loops& loops) {
  if (loops.m == 1 || loops.n == 1 || loops.k == 1) return "";
  const auto [extent, name] = std::min({std::pair{loops.m, 'm'}, std::pair{loops.n, 'n'}, std::pair{loops.k, 'k'}});
  return extent < 32 ? fmt::format(", as {} is only {:.6g}", name, extent) : "";
}

std::string spell_limit(const Cost& cost, const std::string& culprit) {
  const std::string_view together = cost.threads > 1 ? " on all threads" : "";
  switch (cost.limit) {
    case Limit::overhead: return "so small that starting it costs most";
    case Limit::bandwidth: return fmt::format("bound by moving {} through {}{}", spell_bytes(cost.bytes), cost.level, together);
    case Limit::compute:
      return fmt::format("bound by arithmetic{}: at most {:.0f} % of peak by its shape{}", together, 100 * cost.share_of_peak, culprit);
  }
  return "";
}

std::string spell_count(std::size_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

// What a map does at each position, and how often it is done.
std::string spell_map(const ir::Value& value, std::size_t functions) {
  if (value.op == ir::Op::reduce) return value.extreme == ir::Extreme::maximum ? "the largest of each row" : "the smallest of each row";
  if (value.op == ir::Op::constant) return "a number";
  return functions == 0 ? "a copy" : fmt::format("{} in one pass over memory", spell_count(functions, "function"));
}

std::size_t functions_of(const ir::Value& value) {
  return static_cast<std::size_t>(std::count_if(value.code.begin(), value.code.end(), [](const ir::ScalarOp& op) { return ir::input_count(op.function) > 0; }));
}

// Writes cost and reason of one step.
template <class AnyPlan>
void price(const AnyPlan& plan, ir::Step& step, const ir::Expression& expression, const CostModel& model) {
  const double to = elements(plan, step.out);
  Cost cost;
  switch (step.kind) {
    case ir::StepKind::contract: {
      const Loops loops = loops_of(plan, step);
      cost = step.blocks == 0 ? model.contract(loops, gathered(plan, step)) : model.symmetric(loops, step.blocks, gathered(plan, step));
      const std::string half = step.blocks == 0 ? "" : fmt::format("; the result is its own transpose, so {} blocks of rows are computed from the diagonal on and mirrored", step.blocks);
      step.reason = fmt::format("{}; {}{}", spell_shape(loops), spell_limit(cost, spell_culprit(loops)), half);
      break;
    }
    case ir::StepKind::reduce: {
      cost = model.reduce(elements(plan, plan.labels(step.lhs)), to);
      const std::size_t lone = plan.labels(step.lhs).size() - step.out.size();
      step.reason = fmt::format("sums {} nobody else needs{}; {}", lone == 1 ? "a label" : fmt::format("{} labels", lone),
                                plan.leaves.size() > 1 ? " before it is multiplied" : "", spell_limit(cost, ""));
      break;
    }
    case ir::StepKind::permute:
      cost = model.permute(elements(plan, plan.labels(step.lhs)));
      step.reason = fmt::format("the result is wanted in another order of labels; {}", spell_limit(cost, ""));
      break;
    case ir::StepKind::map: {
      const ir::Value& value = expression.values[step.value];
      const std::size_t functions = functions_of(value);
      double from = 0, most = to;
      for (ir::PlanValue argument : step.arguments) {
        from = std::min(from + elements(plan, plan.labels(argument)), largest_product);
        most = std::max(most, elements(plan, plan.labels(argument)));
      }
      cost = model.map(from, to, most * static_cast<double>(functions));
      step.reason = fmt::format("{}; {}", spell_map(value, functions), spell_limit(cost, ""));
      break;
    }
    case ir::StepKind::online:
      cost = model.map(to, to, to * 12);  // an exponential is a dozen operations
      step.reason = "exponentials against the largest score so far, which the sums follow";
      break;
    case ir::StepKind::concat:
    case ir::StepKind::gather:
      cost = model.permute(to);
      step.reason = step.kind == ir::StepKind::concat ? "arrays one behind the other" : "picks positions of a table";
      break;
    case ir::StepKind::view:
    case ir::StepKind::rename:
    case ir::StepKind::stream:
    case ir::StepKind::part: return;
  }
  step.flops = cost.flops;
  step.bytes = cost.bytes;
  step.seconds = cost.seconds;
}

// A stream costs what its tiles cost, all of them together, shared by the threads.
void price_stream(ir::StreamPlan& stream, ir::Step& step, const ir::Plan& plan, const ir::Expression& expression, const ir::Target& target) {
  ir::Target alone = target;
  alone.threads = 1;
  const CostModel model(alone, {plan.dtype, plan.algebra});
  double outer = 1, streamed = 1;
  for (std::size_t i = 0; i < stream.frame.size(); ++i) {
    const double tiles = static_cast<double>(plan.extents[stream.frame[i]]) / static_cast<double>(std::max<Extent>(1, stream.tiles[i]));
    (i + 1 == stream.frame.size() ? streamed : outer) *= tiles;
  }
  for (std::size_t i = 0; i < stream.steps.size(); ++i) {
    ir::Step& inner = stream.steps[i];
    price(stream, inner, expression, model);
    const double times = outer * (i < stream.finish ? streamed : 1);
    step.flops += inner.flops * times;
    step.seconds += inner.seconds * times;
  }
  const double parts = stream.part == 0 ? 1 : std::ceil(streamed / static_cast<double>(stream.part));
  const double sharing = std::max(1.0, std::min(static_cast<double>(target.threads), outer * parts));
  step.seconds /= sharing;
  for (const ir::Leaf& leaf : stream.leaves) step.bytes += elements(plan, leaf.labels) * static_cast<double>(bytes_of(expression.values[leaf.value].dtype));
  for (ir::PlanValue result : stream.results) step.bytes += elements(plan, stream.labels(result)) * static_cast<double>(bytes_of(plan.dtype));
  step.reason = fmt::format("one pass over the streamed label, {} positions at a time; scores never lie in memory whole", stream.tiles.back());
}

}  // namespace

ir::Plan price_steps(ir::Plan plan, const ir::Expression& expression, const ir::Target& target) {
  const CostModel model(target, {plan.dtype, plan.algebra});
  for (ir::Step& step : plan.steps) {
    if (step.kind == ir::StepKind::stream) price_stream(plan.streams[step.stream], step, plan, expression, target);
    else price(plan, step, expression, model);
  }
  return plan;
}

}  // namespace einc::plan
