// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_exact.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include "plan/exact_search.hpp"
#include "plan/order_random_greedy.hpp"

namespace einc::plan {
namespace {

constexpr std::size_t most_tensors = 64;

Piece make_piece(const Network& network, const std::vector<std::uint32_t>& tensors) {
  Piece piece;
  piece.tensors = tensors;
  std::map<Label, Tensors> holders;
  for (std::size_t local = 0; local < tensors.size(); ++local) {
    for (Label label : network.tensors[tensors[local]]) holders[label] |= Tensors{1} << local;
    if (network.is_constant(tensors[local])) piece.constants |= Tensors{1} << local;
  }
  std::map<std::pair<Tensors, bool>, double> fused;
  for (auto [label, who] : holders) {
    const bool kept = std::binary_search(network.kept.begin(), network.kept.end(), label);
    double& extent = fused.try_emplace({who, kept}, 1.0).first->second;
    extent = std::min(extent * network.extents[label], largest_product);
  }
  piece.labels.resize(tensors.size());
  for (const auto& [key, extent] : fused) {
    for (Tensors left = key.first; left != 0; left &= left - 1) {
      piece.labels[static_cast<std::size_t>(std::countr_zero(left))].push_back(static_cast<Label>(piece.extents.size()));
    }
    piece.extents.push_back(extent);
    piece.holders.push_back(key.first);
    piece.kept.push_back(key.second);
  }
  return piece;
}

// Some good tree, quickly: the search looks for cheaper ones only.
Tree known_tree(const Piece& piece, const CostModel& model, Objective objective) {
  Network part{piece.extents, piece.labels, {}};
  for (Label label = 0; label < piece.kept.size(); ++label) {
    if (piece.kept[label]) part.kept.push_back(label);
  }
  const std::size_t count = piece.tensors.size();
  if (piece.constants != 0)
    for (std::size_t local = 0; local < count; ++local) part.constant.push_back((piece.constants >> local & 1U) != 0);
  const int trials = count <= outer_product_limit ? 1 : static_cast<int>(1 + count * count / 32);
  const Trial trial = order_random_greedy(part, model, {.objective = objective, .trials = trials});
  Tree tree;
  tree.cost = trial.cost;
  std::vector<Tensors> sets;
  for (std::size_t local = 0; local < count; ++local) sets.push_back(Tensors{1} << local);
  for (const Pair pair : trial.order) {
    const Tensors one = sets[pair.lhs], other = sets[pair.rhs];
    tree.splits.push_back(std::countr_zero(one) < std::countr_zero(other) ? Split{one, other} : Split{other, one});
    sets.push_back(sets[pair.lhs] | sets[pair.rhs]);
  }
  return tree;
}

double elements_of(const Piece& piece) {
  double elements = 1;
  for (std::size_t label = 0; label < piece.kept.size(); ++label) {
    if (piece.kept[label]) elements = std::min(elements * piece.extents[label], largest_product);
  }
  return elements;
}

// Appends a piece's tree to the order; answers with the number of its result.
std::uint32_t append_tree(const Piece& piece, const Tree& tree, std::uint32_t tensor_count, Order& order) {
  std::map<Tensors, std::uint32_t> number;
  for (std::size_t local = 0; local < piece.tensors.size(); ++local) number[Tensors{1} << local] = piece.tensors[local];
  std::uint32_t last = piece.tensors[0];
  for (const Split& split : tree.splits) {
    last = tensor_count + static_cast<std::uint32_t>(order.size());
    order.push_back({number.at(split.lhs), number.at(split.rhs)});
    number[split.lhs | split.rhs] = last;
  }
  return last;
}

}  // namespace

std::optional<Exact> order_exact(const Network& network, const CostModel& model, const ExactOptions& options) {
  const auto count = static_cast<std::uint32_t>(network.tensors.size());
  const bool outer_products = count <= outer_product_limit;
  std::vector<std::vector<std::uint32_t>> groups = connected_parts(network);
  if (outer_products) {
    groups.assign(1, std::vector<std::uint32_t>(count));
    std::iota(groups[0].begin(), groups[0].end(), 0U);
  }
  Exact exact;
  SearchLimits limits{.objective = options.objective, .outer_products = outer_products, .work_limit = options.work_limit};
  std::vector<Part> parts;
  for (const std::vector<std::uint32_t>& group : groups) {
    if (group.size() > most_tensors) return {};
    const Piece piece = make_piece(network, group);
    const std::optional<Tree> tree = search_exact(piece, model, limits, known_tree(piece, model, options.objective));
    if (!tree) return {};
    parts.push_back({elements_of(piece), append_tree(piece, *tree, count, exact.order)});
  }
  exact.pairs = limits.pairs;
  join_parts(std::move(parts), count, exact.order);
  return exact;
}

}  // namespace einc::plan
