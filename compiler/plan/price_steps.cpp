// SPDX-License-Identifier: BSD-3-Clause
#include "plan/price_steps.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

double elements(const ir::Plan& plan, const ir::Term& term) {
  double count = 1;
  for (Label label : term) count = std::min(count * static_cast<double>(plan.extents[label]), largest_product);
  return count;
}

Loops loops_of(const ir::Plan& plan, const ir::Step& step) {
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

// Writes cost and reason of one step.
void price(const ir::Plan& plan, ir::Step& step, const CostModel& model) {
  const double from = elements(plan, plan.labels(step.lhs)), to = elements(plan, step.out);
  Cost cost;
  switch (step.kind) {
    case ir::StepKind::contract: {
      const Loops loops = loops_of(plan, step);
      cost = model.contract(loops);
      step.reason = fmt::format("{}; {}", spell_shape(loops), spell_limit(cost, spell_culprit(loops)));
      break;
    }
    case ir::StepKind::reduce: {
      cost = model.reduce(from, to);
      const std::size_t lone = plan.labels(step.lhs).size() - step.out.size();
      step.reason = fmt::format("sums {} nobody else needs{}; {}", lone == 1 ? "a label" : fmt::format("{} labels", lone),
                                plan.leaves.size() > 1 ? " before it is multiplied" : "", spell_limit(cost, ""));
      break;
    }
    case ir::StepKind::permute:
      cost = model.permute(from);
      step.reason = fmt::format("the result is wanted in another order of labels; {}", spell_limit(cost, ""));
      break;
  }
  step.flops = cost.flops;
  step.bytes = cost.bytes;
  step.seconds = cost.seconds;
}

}  // namespace

ir::Plan price_steps(ir::Plan plan, const CostModel& model) {
  for (ir::Step& step : plan.steps) price(plan, step, model);
  return plan;
}

}  // namespace einc::plan
