// SPDX-License-Identifier: BSD-3-Clause
#include "plan/layout_steps.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// The labels of `term` for which `wanted` holds, in the order of `model`, which has them all.
template <class Wanted>
void append_in_order(ir::Term& to, const ir::Term& term, const ir::Term& model, Wanted wanted) {
  for (Label label : model) {
    if (contains(term, label) && wanted(label)) to.push_back(label);
  }
}

// How `term` should lie in memory when a contraction with `other` reads it and writes `out`.
// k_model gives the order of the summed labels: that of `other` where it is settled, so that they merge into one loop.
ir::Term order_for_contract(const ir::Term& term, const ir::Term& other, const ir::Term& out, const ir::Term& k_model) {
  auto is_batch = [&](Label label) { return contains(other, label); };
  auto is_free = [&](Label label) { return !contains(other, label); };
  auto is_summed = [&](Label label) { return contains(other, label) && !contains(out, label); };

  ir::Term order;
  if (std::none_of(term.begin(), term.end(), is_summed)) {  // a product without a sum: read as it is written
    append_in_order(order, term, out, [](Label) { return true; });
    return order;
  }
  append_in_order(order, term, out, is_batch);
  const bool gives_vectors = !out.empty() && contains(term, out.back()) && is_free(out.back());
  if (gives_vectors) {  // the innermost label of the output is held as vectors: it wants stride 1 here too
    append_in_order(order, term, k_model, is_summed);
    append_in_order(order, term, out, is_free);
  } else {
    append_in_order(order, term, out, is_free);
    append_in_order(order, term, k_model, is_summed);
  }
  return order;
}

class Layout {
 public:
  Layout(ir::Plan plan, const ir::Expression& expression)
      : plan_(std::move(plan)), expression_(expression), settled_(plan_.steps.size(), false) {}

  ir::Plan run() {
    for (const ir::PlanResult& result : plan_.results) settle(result.value, result.labels);
    for (std::size_t index = plan_.steps.size(); index-- > 0;) settle_operands(plan_.steps[index]);
    return std::move(plan_);
  }

 private:
  bool is_open(ir::PlanValue value) const {
    return value != ir::no_value && value >= plan_.leaves.size() && !settled_[value - plan_.leaves.size()];
  }
  ir::Step& maker_of(ir::PlanValue value) { return plan_.steps[value - plan_.leaves.size()]; }

  void settle(ir::PlanValue value, ir::Term order) {
    if (!is_open(value)) return;
    settled_[value - plan_.leaves.size()] = true;
    maker_of(value).out = std::move(order);
  }

  void settle_operands(ir::Step& step) {
    if (step.kind == ir::StepKind::rename) return settle_renamed(step);
    if (step.kind == ir::StepKind::map) return settle_inputs(step);
    if (step.kind == ir::StepKind::view) return settle_viewed(step);
    for (ir::PlanValue value : step.arguments)
      if (is_open(value)) settle(value, maker_of(value).out);
    for (const auto& [value, other] : {std::pair{step.lhs, step.rhs}, std::pair{step.rhs, step.lhs}}) {
      if (!is_open(value)) continue;
      const ir::Step& maker = maker_of(value);
      // A lone sum keeps the order of what it reads: the reader packs from any strides, a transposing sum is slow.
      if (step.kind != ir::StepKind::contract || maker.kind == ir::StepKind::reduce) {
        settle(value, maker.out);
        continue;
      }
      const ir::Term& siblings = plan_.labels(other);
      settle(value, order_for_contract(maker.out, siblings, step.out, is_open(other) ? maker.out : siblings));
    }
  }

  void settle_inputs(const ir::Step& step) {
    for (ir::PlanValue value : step.arguments) {
      if (!is_open(value)) continue;
      ir::Term order;
      const ir::Term& out = maker_of(value).out;
      append_in_order(order, out, step.out, [](Label) { return true; });
      for (Label label : out)  // what the step brings down to its extreme
        if (!contains(order, label)) order.push_back(label);
      settle(value, std::move(order));
    }
  }

  // Both names of a value stand in one order: that of who reads it last, under whichever name.
  void settle_renamed(ir::Step& step) {
    if (is_open(step.lhs)) {
      ir::Term order;
      for (Label label : step.out)
        order.push_back(std::find_if(step.names.begin(), step.names.end(), [&](const auto& name) { return name.second == label; })->first);
      settle(step.lhs, std::move(order));
    }
    step.out.clear();
    for (Label label : plan_.labels(step.lhs))
      step.out.push_back(std::find_if(step.names.begin(), step.names.end(), [&](const auto& name) { return name.first == label; })->second);
  }

  // The labels of a view, each spelled by the labels it was made of.
  void settle_viewed(const ir::Step& step) {
    if (!is_open(step.lhs)) return;
    ir::Term order;
    const auto add = [&](Label label) {
      if (contains(maker_of(step.lhs).out, label) && !contains(order, label)) order.push_back(label);
    };
    for (Label label : step.out) {
      bool grouped = false;
      for (const ir::ViewGroup& group : expression_.values[step.value].groups) {
        if (!contains(group.to, label)) continue;
        grouped = true;
        for (Label part : group.from) add(part);
      }
      if (!grouped) add(label);
    }
    for (Label label : maker_of(step.lhs).out) add(label);
    settle(step.lhs, std::move(order));
  }

  ir::Plan plan_;
  const ir::Expression& expression_;
  std::vector<bool> settled_;  // of each step
};

}  // namespace

ir::Plan layout_steps(ir::Plan plan, const ir::Expression& expression) { return Layout(std::move(plan), expression).run(); }

}  // namespace einc::plan
