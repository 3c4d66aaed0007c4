// SPDX-License-Identifier: BSD-3-Clause
#include "plan/contraction_tree.hpp"

#include <algorithm>
#include <bit>

namespace einc::plan {
namespace {

double times(double one, double other) { return std::min(one * other, largest_product); }

double elements_of(const Loops& loops) { return times(times(loops.batch, loops.m), loops.n); }

}  // namespace

ContractionTree::ContractionTree(const Network& network, const CostModel& model, Objective objective,
                                 const Order& order)
    : model_(model),
      objective_(objective),
      extents_(network.extents),
      tensors_(static_cast<std::uint32_t>(network.tensors.size())),
      words_((network.extents.size() + 63) / 64),
      children_(network.tensors.size(), Pair{0, 0}) {
  const std::size_t nodes = network.tensors.size() + order.size();
  children_.insert(children_.end(), order.begin(), order.end());
  labels_.resize(nodes * words_);
  elements_.resize(nodes);
  costs_.resize(nodes);
  tried_.labels.resize(words_);
  Contraction contraction(network);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    if (is_pair(node)) costs_[node] = model.of_pair(contraction.contract(children_[node]), objective);
    elements_[node] = product(contraction.labels(node), extents_);
    set_labels(node, contraction.labels(node));
    if (!network.constant.empty()) constant_.push_back(contraction.is_constant(node));
  }
}

void ContractionTree::set_labels(std::uint32_t node, const ir::Term& term) {
  const Words bits = labels(node);
  std::fill(bits.begin(), bits.end(), 0);
  for (Label label : term) bits[label / 64] |= std::uint64_t{1} << (label % 64);
}

ir::Term ContractionTree::term(std::uint32_t node) const {
  ir::Term term;
  const ConstWords bits = labels(node);
  for (std::size_t word = 0; word < words_; ++word) {
    for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
      term.push_back(static_cast<Label>(word * 64 + static_cast<std::size_t>(std::countr_zero(left))));
    }
  }
  return term;
}

Order ContractionTree::order() const {
  if (children_.size() == tensors_) return {};
  std::vector<std::uint32_t> parents_first, open{nodes() - 1};
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    if (!is_pair(node)) continue;
    parents_first.push_back(node);
    open.push_back(children_[node].lhs);
    open.push_back(children_[node].rhs);
  }
  Order order;
  std::vector<std::uint32_t> number(nodes());
  for (std::uint32_t tensor = 0; tensor < tensors_; ++tensor) number[tensor] = tensor;
  for (auto node = parents_first.rbegin(); node != parents_first.rend(); ++node) {
    const std::uint32_t lhs = number[children_[*node].lhs], rhs = number[children_[*node].rhs];
    number[*node] = tensors_ + static_cast<std::uint32_t>(order.size());
    order.push_back({std::min(lhs, rhs), std::max(lhs, rhs)});
  }
  return order;
}

double ContractionTree::cost() const {
  double total = 0;
  for (std::uint32_t node = tensors_; node < nodes(); ++node) total = combine(total, costs_[node], objective_);
  return total;
}

Loops ContractionTree::loops_of(ConstWords lhs, double lhs_elements, ConstWords rhs, double rhs_elements,
                                ConstWords out, bool constant) const {
  // Cut off once at the end: until then a product may be infinite, but is never no number, as extents are 1 at least.
  double batch = 1, k = 1;
  for (std::size_t word = 0; word < words_; ++word) {
    const std::uint64_t shared = lhs[word] & rhs[word];
    const double* const extents = extents_.data() + word * 64;
    for (std::uint64_t left = shared & ~out[word]; left != 0; left &= left - 1) k *= extents[std::countr_zero(left)];
    for (std::uint64_t left = shared & out[word]; left != 0; left &= left - 1) batch *= extents[std::countr_zero(left)];
  }
  Loops loops{.batch = std::min(batch, largest_product), .k = std::min(k, largest_product), .weight = constant ? constant_weight : 1};
  const double shared = times(loops.k, loops.batch);
  loops.m = std::max(1.0, lhs_elements / shared);
  loops.n = std::max(1.0, rhs_elements / shared);
  return loops;
}

ContractionTree::Local ContractionTree::try_rotation(const Rotation& rotation) {
  const Pair outer = children_[rotation.pair], inner = children_[rotation.inner];
  const std::uint32_t stays = inner.lhs == rotation.up ? inner.rhs : inner.lhs;
  const std::uint32_t comes = outer.lhs == rotation.inner ? outer.rhs : outer.lhs;
  const ConstWords a = labels(stays), b = labels(rotation.up), c = labels(comes), whole = labels(rotation.pair);
  // A label of A or C outlives their product when B has it too, or what is outside.
  for (std::size_t word = 0; word < words_; ++word) tried_.labels[word] = (a[word] | c[word]) & (b[word] | whole[word]);
  const Loops first = loops_of(a, elements_[stays], c, elements_[comes], tried_.labels, is_constant(stays) && is_constant(comes));
  tried_.elements = elements_of(first);
  const Loops second = loops_of(tried_.labels, tried_.elements, b, elements_[rotation.up], whole, is_constant(rotation.pair));
  tried_.rotation = rotation;
  tried_.inner_cost = model_.of_pair(first, objective_);
  tried_.outer_cost = model_.of_pair(second, objective_);
  return {combine(costs_[rotation.inner], costs_[rotation.pair], objective_),
          combine(tried_.inner_cost, tried_.outer_cost, objective_)};
}

void ContractionTree::accept() {
  const auto [pair, inner, up] = tried_.rotation;
  Pair &outer_pair = children_[pair], &inner_pair = children_[inner];
  std::uint32_t& comes = outer_pair.lhs == inner ? outer_pair.rhs : outer_pair.lhs;
  std::swap(inner_pair.lhs == up ? inner_pair.lhs : inner_pair.rhs, comes);
  std::copy(tried_.labels.begin(), tried_.labels.end(), labels(inner).begin());
  elements_[inner] = tried_.elements;
  if (has_constants()) constant_[inner] = is_constant(inner_pair.lhs) && is_constant(inner_pair.rhs);
  costs_[inner] = tried_.inner_cost;
  costs_[pair] = tried_.outer_cost;
}

void ContractionTree::replace(const TreePart& part, const Network& network, const Order& order, const std::vector<Label>& names) {
  std::vector<std::uint32_t> places = part.below;
  places.insert(places.end(), part.pairs.begin() + 1, part.pairs.end());
  places.push_back(part.pairs[0]);
  Contraction contraction(network);
  for (std::size_t at = 0; at < order.size(); ++at) {
    const std::uint32_t node = places[part.below.size() + at];
    children_[node] = {places[order[at].lhs], places[order[at].rhs]};
    costs_[node] = model_.of_pair(contraction.contract(order[at]), objective_);
    if (has_constants()) constant_[node] = is_constant(children_[node].lhs) && is_constant(children_[node].rhs);
    ir::Term term = contraction.labels(static_cast<std::uint32_t>(part.below.size() + at));
    for (Label& label : term) label = names[label];
    set_labels(node, term);
    elements_[node] = product(term, extents_);
  }
}

}  // namespace einc::plan
