// SPDX-License-Identifier: BSD-3-Clause
#include "plan/build_steps.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace einc::plan {
namespace {

// Labels of one contraction, numbered from 0 so that planners need no table for the whole program.
class Numbering {
 public:
  Numbering(const std::vector<ir::Term>& arguments, const ir::Term& kept) {
    for (const ir::Term& argument : arguments) {
      for (Label label : argument) numbers_.try_emplace(label, static_cast<Label>(numbers_.size()));
    }
    uses_.assign(numbers_.size(), 0);
    for (const ir::Term& argument : arguments) {
      for (Label label : argument) ++uses_[number(label)];
    }
    for (Label label : kept) ++uses_[number(label)];
  }

  std::size_t count() const { return numbers_.size(); }
  Label number(Label label) const { return numbers_.at(label); }
  const std::map<Label, Label>& all() const { return numbers_; }

  // In one argument only and not kept: its sum needs nothing else.
  bool is_lone(Label label) const { return uses_[number(label)] == 1; }

  ir::Term renumber(const ir::Term& term) const {
    ir::Term result;
    for (Label label : term) result.push_back(number(label));
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  std::map<Label, Label> numbers_;
  std::vector<std::uint32_t> uses_;
};

ir::Term without_lone(const ir::Term& term, const Numbering& numbering) {
  ir::Term result = term;
  std::erase_if(result, [&](Label label) { return numbering.is_lone(label); });
  return result;
}

Network make_network(const std::vector<ir::Term>& arguments, const ir::Term& kept, const std::vector<Extent>& extents, const Numbering& numbering) {
  Network network;
  network.extents.resize(numbering.count());
  for (auto [label, number] : numbering.all()) {
    network.extents[number] = std::max(1.0, static_cast<double>(extents[label]));
  }
  for (const ir::Term& argument : arguments) network.tensors.push_back(numbering.renumber(without_lone(argument, numbering)));
  network.kept = numbering.renumber(kept);
  return network;
}

ir::PlanValue append(ir::Plan& plan, ir::Step step) {
  plan.steps.push_back(std::move(step));
  return static_cast<ir::PlanValue>(plan.leaves.size() + plan.steps.size() - 1);
}

// Sums the labels nobody else has.   "ab,bc->c"   becomes   "ab->b"   first
ir::PlanValue sum_lone(ir::Plan& plan, ir::PlanValue value, const Numbering& numbering) {
  ir::Term rest = without_lone(plan.labels(value), numbering);
  if (rest.size() == plan.labels(value).size()) return value;
  return append(plan, {.kind = ir::StepKind::reduce, .lhs = value, .out = std::move(rest)});
}

// All labels of two values that the replay says are left: those of lhs in its order, then the new ones of rhs.
ir::Term merge_terms(const ir::Term& lhs, const ir::Term& rhs, const ir::Term& left, const Numbering& numbering) {
  ir::Term out;
  auto is_left = [&](Label label) { return std::binary_search(left.begin(), left.end(), numbering.number(label)); };
  std::copy_if(lhs.begin(), lhs.end(), std::back_inserter(out), is_left);
  for (Label label : rhs) {
    if (is_left(label) && std::find(lhs.begin(), lhs.end(), label) == lhs.end()) out.push_back(label);
  }
  return out;
}

}  // namespace

NumberedNetwork number_network(const std::vector<ir::Term>& arguments, const ir::Term& kept, const std::vector<Extent>& extents) {
  const Numbering numbering(arguments, kept);
  NumberedNetwork result{make_network(arguments, kept, extents, numbering), std::vector<Label>(numbering.count())};
  for (auto [label, number] : numbering.all()) result.labels[number] = label;
  return result;
}

Built build_steps(ir::Plan& plan, const Sources& sources, const CostModel& model, const OrderRequest& request, const Steps& given) {
  std::vector<ir::Term> terms;
  for (ir::PlanValue value : sources.values) terms.push_back(plan.labels(value));
  const Numbering numbering(terms, sources.kept);
  if (sources.values.size() == 1) return {sum_lone(plan, sources.values[0], numbering), "1 operand: nothing to choose", {}};

  const Network network = make_network(terms, sources.kept, plan.extents, numbering);
  const auto choose = [&](const Network& part) { return choose_order(part, model, request); };
  Choice choice = sources.order != nullptr ? Choice{*sources.order, {}} : given.empty() ? choose(network) : pairs_of(network, given, choose);
  if (sources.order == nullptr && !given.empty())
    choice.method = fmt::format("given: {} operands{}", sources.values.size(), choice.method.empty() ? "" : "; the last step of more than two: " + choice.method);
  Contraction contraction(network);
  std::vector<ir::PlanValue> values = sources.values;
  auto take = [&](std::uint32_t tensor) {
    return tensor < sources.values.size() ? sum_lone(plan, values[tensor], numbering) : values[tensor];
  };
  for (const Pair pair : choice.order) {
    contraction.contract(pair);
    const ir::PlanValue lhs = take(pair.lhs), rhs = take(pair.rhs);
    ir::Term out = merge_terms(plan.labels(lhs), plan.labels(rhs),
                               contraction.labels(static_cast<std::uint32_t>(values.size())), numbering);
    values.push_back(append(plan, {.kind = ir::StepKind::contract, .lhs = lhs, .rhs = rhs, .out = std::move(out)}));
  }
  return {values.back(), std::move(choice.method), std::move(choice.order)};
}

}  // namespace einc::plan
