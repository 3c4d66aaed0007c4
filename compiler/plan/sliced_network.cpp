// SPDX-License-Identifier: BSD-3-Clause
#include "plan/sliced_network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace einc::plan {
namespace {

double times(double one, double other) { return std::min(one * other, largest_product); }

}  // namespace

Network part_of(const Network& network, const std::vector<Extent>& parts) {
  Network part = network;
  for (std::size_t label = 0; label < parts.size(); ++label) part.extents[label] /= static_cast<double>(parts[label]);
  for (std::size_t tensor = 0; tensor < part.constant.size(); ++tensor)  // what every slice reads another part of is none
    for (const Label label : part.tensors[tensor])
      if (parts[label] > 1) part.constant[tensor] = false;
  return part;
}

Order lean_order(const Network& network, const Order& order) {
  const auto tensors = static_cast<std::uint32_t>(network.tensors.size());
  Contraction contraction(network);
  std::vector<double> leaves(tensors, 0), peak(tensors, 0);  // elements a subtree leaves behind, and has alive on the way
  std::vector<bool> rhs_first(tensors, false);
  for (const Pair pair : order) {
    contraction.contract(pair);
    const double own = product(contraction.labels(static_cast<std::uint32_t>(leaves.size())), network.extents);
    const auto needed = [&](std::uint32_t first, std::uint32_t second) { return std::max(peak[first], leaves[first] + peak[second]); };
    const double lhs = needed(pair.lhs, pair.rhs), rhs = needed(pair.rhs, pair.lhs);
    rhs_first.push_back(rhs < lhs);
    peak.push_back(std::max(std::min(lhs, rhs), leaves[pair.lhs] + leaves[pair.rhs] + own));
    leaves.push_back(own);
  }
  std::vector<std::uint32_t> backwards, open;
  if (!order.empty()) open.push_back(tensors + static_cast<std::uint32_t>(order.size()) - 1);
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    if (node < tensors) continue;
    backwards.push_back(node);
    const Pair pair = order[node - tensors];
    open.push_back(rhs_first[node] ? pair.rhs : pair.lhs);
    open.push_back(rhs_first[node] ? pair.lhs : pair.rhs);
  }
  std::vector<std::uint32_t> number(tensors + order.size());
  for (std::uint32_t tensor = 0; tensor < tensors; ++tensor) number[tensor] = tensor;
  Order lean;
  for (auto node = backwards.rbegin(); node != backwards.rend(); ++node) {
    const std::uint32_t lhs = number[order[*node - tensors].lhs], rhs = number[order[*node - tensors].rhs];
    number[*node] = tensors + static_cast<std::uint32_t>(lean.size());
    lean.push_back({std::min(lhs, rhs), std::max(lhs, rhs)});
  }
  return lean;
}

Loops SlicedNetwork::divided(const Node& node, Label label, Extent factor) {
  Loops loops = node.loops;
  for (const Use& use : node.uses) {
    if (use.label != label) continue;
    double& loop = use.role == Role::batch ? loops.batch : use.role == Role::m ? loops.m : use.role == Role::n ? loops.n : loops.k;
    loop = std::max(1.0, loop / static_cast<double>(factor));
  }
  return loops;
}

SlicedNetwork::SlicedNetwork(const Network& network, const CostModel& model, const Order& order, std::vector<Extent> parts, const Limits& limits)
    : model_(model), tensors_(static_cast<std::uint32_t>(network.tensors.size())), limits_(limits), parts_(std::move(parts)),
      kept_(network.extents.size(), false) {
  for (const Label label : network.kept) kept_[label] = true;
  const Network part = part_of(network, parts_);
  const std::size_t words = (network.extents.size() + 63) / 64;
  std::vector<std::vector<std::uint64_t>> below(tensors_, std::vector<std::uint64_t>(words, 0));
  for (std::uint32_t tensor = 0; tensor < tensors_; ++tensor)
    for (const Label label : network.tensors[tensor]) add(below[tensor], label);
  Contraction contraction(part);
  for (const Pair pair : order) {
    Node node;
    node.from = pair;
    node.loops = contraction.contract(pair);
    node.loops.weight = 1;
    node.constant = contraction.is_constant(tensors_ + static_cast<std::uint32_t>(nodes_.size()));
    const ir::Term& out = contraction.labels(tensors_ + static_cast<std::uint32_t>(nodes_.size()));
    const ir::Term &lhs = contraction.labels(pair.lhs), &rhs = contraction.labels(pair.rhs);
    const auto in = [](const ir::Term& term, Label label) { return std::binary_search(term.begin(), term.end(), label); };
    for (const Label label : lhs) node.uses.push_back({label, !in(rhs, label) ? Role::m : in(out, label) ? Role::batch : Role::k});
    for (const Label label : rhs)
      if (!in(lhs, label)) node.uses.push_back({label, Role::n});
    node.own = node.out = std::vector<std::uint64_t>(words, 0);
    for (const Use& use : node.uses) add(node.own, use.label);
    for (const Label label : out) add(node.out, label);
    node.elements = product(out, part.extents);
    node.below = below[pair.lhs];
    for (std::size_t word = 0; word < words; ++word) node.below[word] |= below[pair.rhs][word];
    below.push_back(node.below);
    for (Label label = 0; label < parts_.size(); ++label) node.varies = node.varies || (parts_[label] > 1 && has(node.below, label));
    node.cost = model.of_pair(node.loops, Objective::seconds), node.flops = model.of_pair(node.loops, Objective::flops);
    for (const std::uint32_t from : {pair.lhs, pair.rhs})
      if (from >= tensors_) nodes_[from - tensors_].parent = nodes_.size();
    nodes_.push_back(std::move(node));
  }
  now_ = with(0, 1);
}

SlicedNetwork::Figures SlicedNetwork::with(Label label, Extent factor) const {
  Figures result;
  bool sums = limits_.partials;
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    const Extent parts = parts_[at] * (at == label ? factor : 1);
    result.slices = times(result.slices, static_cast<double>(parts));
    sums = sums || (parts > 1 && !kept_[at]);
  }
  const auto elements_of = [&](const Node& node) { return factor > 1 && has(node.out, label) ? std::max(1.0, node.elements / static_cast<double>(factor)) : node.elements; };
  // What is too large to be kept is made again in every slice; of what it is made of, the same is asked.
  std::vector<char> varies(nodes_.size());
  for (std::size_t at = nodes_.size(); at-- > 0;) {
    const Node& node = nodes_[at];
    const bool depends = node.varies || (factor > 1 && has(node.below, label));
    varies[at] = depends || at + 1 == nodes_.size() || (varies[node.parent] && node.elements > limits_.most_shared);
  }
  double cost[2] = {0, 0}, flops[2] = {0, 0};
  std::vector<double> held(nodes_.size());
  double shared = 0, alive[2] = {0, 0}, most = 0;  // alive: in the arena, while what all slices share is made, and in a slice
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    const Node& node = nodes_[at];
    const int which = varies[at] ? 1 : 0;
    const bool is_last = at + 1 == nodes_.size(), uses = factor > 1 && has(node.own, label);
    const double weight = node.constant && which == 0 ? constant_weight : 1;
    cost[which] += weight * (uses ? model_.of_pair(divided(node, label, factor), Objective::seconds) : node.cost);
    flops[which] += weight * (uses ? model_.of_pair(divided(node, label, factor), Objective::flops) : node.flops);
    const double own = is_last ? 0 : elements_of(node);
    const bool stays = which == 0 && !is_last && varies[node.parent];
    (stays ? shared : alive[which]) += own;
    most = std::max(most, alive[which]);
    held[at] = alive[which];
    for (const std::uint32_t from : {node.from.lhs, node.from.rhs})
      if (from >= tensors_ && (varies[from - tensors_] != 0) == (which == 1)) alive[which] -= elements_of(nodes_[from - tensors_]);
  }
  const double beside = shared + (sums && !nodes_.empty() ? elements_of(nodes_.back()) : 0);
  result.live = beside + most;
  if (result.live > limits_.most_live)
    for (const double elements : held) result.excess += std::max(0.0, std::log((beside + elements) / limits_.most_live));
  result.cost = times(result.slices, cost[1]) + cost[0];
  result.flops = times(result.slices, flops[1]) + flops[0];
  return result;
}

void SlicedNetwork::cut(Label label, Extent factor) {
  now_ = with(label, factor);
  parts_[label] *= factor;
  for (Node& node : nodes_) {
    node.varies = node.varies || has(node.below, label);
    if (!has(node.own, label)) continue;
    if (has(node.out, label)) node.elements = std::max(1.0, node.elements / static_cast<double>(factor));
    node.loops = divided(node, label, factor);
    node.cost = model_.of_pair(node.loops, Objective::seconds), node.flops = model_.of_pair(node.loops, Objective::flops);
  }
}

}  // namespace einc::plan
