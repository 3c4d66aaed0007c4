// SPDX-License-Identifier: BSD-3-Clause
#include "plan/build_steps.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/choose_shared.hpp"

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
    labels_.resize(numbers_.size());
    for (const auto& [label, number] : numbers_) labels_[number] = label;
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

  Identity in_plan(Identity identity) const {
    for (Label& label : identity.labels) label = labels_[label];
    return identity;
  }

  ir::Term renumber(const ir::Term& term) const {
    ir::Term result;
    for (Label label : term) result.push_back(number(label));
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  std::map<Label, Label> numbers_;
  std::vector<Label> labels_;  // of each number
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

// Appends steps, but for what is there already.
class StepWriter {
 public:
  StepWriter(ir::Plan& plan, Sharing* sharing) : plan_(plan), sharing_(sharing) {}

  ir::PlanValue contract(ir::PlanValue lhs, ir::PlanValue rhs, ir::Term out, const Loops& loops, const CostModel& model) {
    ir::Step step{.kind = ir::StepKind::contract, .lhs = lhs, .rhs = rhs, .out = std::move(out)};
    if (sharing_ == nullptr) return append(std::move(step));
    if (sharing_->is_symmetric(sharing_->of(plan_, lhs), sharing_->of(plan_, rhs), step.out)) step.blocks = model.symmetric_blocks(loops);
    const Identity identity = sharing_->contract(sharing_->of(plan_, lhs), sharing_->of(plan_, rhs), step.out);
    return append_once(identity, std::move(step));
  }

  // Sums the labels nobody else has.   "ab,bc->c"   becomes   "ab->b"   first
  ir::PlanValue sum_lone(ir::PlanValue value, const Numbering& numbering) {
    ir::Term rest = without_lone(plan_.labels(value), numbering);
    if (rest.size() == plan_.labels(value).size()) return value;
    ir::Step step{.kind = ir::StepKind::reduce, .lhs = value, .out = std::move(rest)};
    if (sharing_ == nullptr) return append(std::move(step));
    const Identity identity = sharing_->sum(sharing_->of(plan_, value), step.out);
    return append_once(identity, std::move(step));
  }

  // A value that is in the plan, under the names that are wanted.
  std::optional<ir::PlanValue> reuse(const Identity& identity) {
    const std::optional<ir::PlanValue> there = sharing_->find(identity);
    if (!there) return {};
    const ir::Term names = sharing_->of(plan_, *there).labels;
    if (names == identity.labels) return there;
    ir::Step renamed{.kind = ir::StepKind::rename, .lhs = *there, .out = {}};
    for (Label label : plan_.labels(*there)) {
      const Label name = identity.labels[static_cast<std::size_t>(std::find(names.begin(), names.end(), label) - names.begin())];
      renamed.out.push_back(name);
      renamed.names.emplace_back(label, name);
    }
    const ir::PlanValue value = append(std::move(renamed));
    sharing_->keep(value, identity);
    return value;
  }

 private:
  ir::PlanValue append(ir::Step step) {
    plan_.steps.push_back(std::move(step));
    return static_cast<ir::PlanValue>(plan_.leaves.size() + plan_.steps.size() - 1);
  }

  ir::PlanValue append_once(const Identity& identity, ir::Step step) {
    if (const std::optional<ir::PlanValue> there = reuse(identity)) return *there;
    const ir::PlanValue value = append(std::move(step));
    sharing_->keep(value, identity);
    return value;
  }

  ir::Plan& plan_;
  Sharing* sharing_;
};

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

// The tensors of a network as sharing knows them, without their lone labels.
SharedTensors identify(const ir::Plan& plan, const Sources& sources, const Numbering& numbering, Sharing& sharing) {
  SharedTensors tensors;
  for (ir::PlanValue value : sources.values) {
    tensors.in_plan.push_back(sharing.sum(sharing.of(plan, value), without_lone(plan.labels(value), numbering)));
    tensors.in_network.push_back(tensors.in_plan.back());
    for (Label& label : tensors.in_network.back().labels) label = numbering.number(label);
  }
  return tensors;
}

// The results of an order, after the tensors, and which of them somebody needs: not what goes into a value that is there already, or
// that an equal pair before it makes.
struct Needed {
  std::vector<Identity> identities;  // in the labels of the network
  std::vector<bool> needed;
};
Needed find_needed(const Network& network, const Order& order, std::vector<Identity> identities, Sharing& sharing) {
  const std::size_t tensors = network.tensors.size();
  Contraction contraction(network);
  std::map<std::uint32_t, std::uint32_t> first;  // of equal results, by their identity
  for (const Pair pair : order) {
    contraction.contract(pair);
    const auto made = static_cast<std::uint32_t>(identities.size());
    identities.push_back(sharing.contract(identities[pair.lhs], identities[pair.rhs], contraction.labels(made)));
    first.try_emplace(identities.back().number, made);
  }
  std::vector<bool> needed(identities.size(), false);
  needed.back() = true;
  for (std::size_t made = identities.size(); made-- > tensors;) {
    if (!needed[made] || sharing.find(identities[made])) continue;
    const std::uint32_t maker = first.at(identities[made].number);
    if (maker != made) {
      needed[maker] = true;
      continue;
    }
    needed[order[made - tensors].lhs] = needed[order[made - tensors].rhs] = true;
  }
  return {std::move(identities), std::move(needed)};
}

}  // namespace

NumberedNetwork number_network(const std::vector<ir::Term>& arguments, const ir::Term& kept, const std::vector<Extent>& extents, std::vector<bool> constant) {
  const Numbering numbering(arguments, kept);
  NumberedNetwork result{make_network(arguments, kept, extents, numbering), std::vector<Label>(numbering.count())};
  result.network.constant = std::move(constant);
  for (auto [label, number] : numbering.all()) result.labels[number] = label;
  return result;
}

Built build_steps(ir::Plan& plan, const Sources& sources, const CostModel& model, const OrderRequest& request, const Steps& given, Sharing* sharing) {
  std::vector<ir::Term> terms;
  for (ir::PlanValue value : sources.values) terms.push_back(plan.labels(value));
  const Numbering numbering(terms, sources.kept);
  StepWriter steps(plan, sharing);
  if (sources.values.size() == 1) return {steps.sum_lone(sources.values[0], numbering), "1 operand: nothing to choose", {}};

  Network network = make_network(terms, sources.kept, plan.extents, numbering);
  network.constant = sources.constant;
  const auto choose = [&](const Network& part) { return choose_order(part, model, request); };
  Choice choice;
  Needed results;
  SharedTensors tensors;
  if (sharing != nullptr) tensors = identify(plan, sources, numbering, *sharing);
  if (sources.order != nullptr) {
    choice.order = *sources.order;
  } else if (!given.empty()) {
    choice = pairs_of(network, given, choose);
    choice.method = fmt::format("given: {} operands{}", sources.values.size(), choice.method.empty() ? "" : "; the last step of more than two: " + choice.method);
  } else {
    choice = sharing != nullptr ? choose_shared(network, tensors, model, request, *sharing) : choose(network);
  }
  if (sharing != nullptr) results = find_needed(network, choice.order, tensors.in_network, *sharing);
  Contraction contraction(network);
  std::vector<ir::PlanValue> values = sources.values;
  auto take = [&](std::uint32_t tensor) { return tensor < sources.values.size() ? steps.sum_lone(values[tensor], numbering) : values[tensor]; };
  for (const Pair pair : choice.order) {
    const Loops loops = contraction.contract(pair);
    const auto made = static_cast<std::uint32_t>(values.size());
    values.push_back(ir::no_value);
    if (sharing != nullptr) {
      if (!results.needed[made]) continue;
      if (const std::optional<ir::PlanValue> there = steps.reuse(numbering.in_plan(results.identities[made]))) {
        values.back() = *there;
        continue;
      }
    }
    const ir::PlanValue lhs = take(pair.lhs), rhs = take(pair.rhs);
    ir::Term out = merge_terms(plan.labels(lhs), plan.labels(rhs), contraction.labels(made), numbering);
    values.back() = steps.contract(lhs, rhs, std::move(out), loops, model);
  }
  return {values.back(), std::move(choice.method), std::move(choice.order)};
}

}  // namespace einc::plan
