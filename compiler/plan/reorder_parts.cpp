// SPDX-License-Identifier: BSD-3-Clause
#include "plan/reorder_parts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "plan/order_exact.hpp"

namespace einc::plan {
namespace {

// Larger parts take far longer and gain little more: measured on lattices of 64 tensors and random regular graphs of 40 to 200.
constexpr std::size_t part_subtrees = 10;
constexpr std::uint64_t part_work = 20'000;

TreePart part_below(const ContractionTree& tree, std::uint32_t pair, std::size_t subtrees) {
  TreePart part{{}, {pair}};
  while (part.below.size() < subtrees) {
    const auto dearest = std::max_element(part.below.begin(), part.below.end(), [&](std::uint32_t one, std::uint32_t other) {
      return std::pair{tree.is_pair(one), tree.cost_of(one)} < std::pair{tree.is_pair(other), tree.cost_of(other)};
    });
    if (!tree.is_pair(*dearest)) break;
    part.pairs.push_back(*dearest);
    const Pair parts = tree.children(*dearest);
    *dearest = parts.lhs;
    part.below.push_back(parts.rhs);
  }
  return part;
}

// A part as a network of its own. `names` tells what its labels are called in the tree.
Network network_of(const ContractionTree& tree, const TreePart& part, std::vector<Label>& names) {
  Network network;
  std::map<Label, Label> numbers;
  const auto renumber = [&](std::uint32_t node) {
    ir::Term term = tree.term(node);
    for (Label& label : term) {
      const auto [found, is_new] = numbers.try_emplace(label, static_cast<Label>(names.size()));
      if (is_new) names.push_back(label), network.extents.push_back(tree.extents()[label]);
      label = found->second;
    }
    std::sort(term.begin(), term.end());
    return term;
  };
  for (std::uint32_t node : part.below) network.tensors.push_back(renumber(node));
  if (tree.has_constants())
    for (std::uint32_t node : part.below) network.constant.push_back(tree.is_constant(node));
  network.kept = renumber(part.pairs[0]);
  return network;
}

}  // namespace

bool reorder_part(ContractionTree& tree, std::uint32_t pair, std::size_t subtrees, std::uint64_t work_limit) {
  const TreePart part = part_below(tree, pair, subtrees);
  if (part.below.size() < 3) return false;
  std::vector<Label> names;
  const Network network = network_of(tree, part, names);
  const std::optional<Exact> exact = order_exact(network, tree.model(), {.objective = tree.objective(), .work_limit = work_limit});
  if (!exact) return false;
  double before = 0;
  for (std::uint32_t node : part.pairs) before = combine(before, tree.cost_of(node), tree.objective());
  // Beyond what another order of the same sums may make of them.
  if (!(tree.model().of_order(network, exact->order, tree.objective()) < before * (1 - 1e-9))) return false;
  tree.replace(part, network, exact->order, names);
  return true;
}

void reorder_parts(ContractionTree& tree, const ReorderOptions& options) {
  std::uint64_t spent = 0;
  for (bool gained = true; gained;) {
    gained = false;
    for (std::uint32_t pair = tree.nodes(); pair-- > tree.tensors();) {
      if ((spent += part_work) > options.work) return;
      if (options.watch != nullptr && options.watch->is_over(part_work)) return;
      gained |= reorder_part(tree, pair, part_subtrees, part_work);
    }
  }
}

}  // namespace einc::plan
