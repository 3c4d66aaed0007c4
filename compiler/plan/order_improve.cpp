// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_improve.hpp"

#include <cmath>
#include <utility>

#include "plan/contraction_tree.hpp"
#include "plan/noise.hpp"

namespace einc::plan {
namespace {

// A change that makes two pairs e times as dear is taken at odds of exp(-1 / temperature). With time for many sweeps
// over the tree a warm start forgets where it came from and ends better; with few it never comes back, so that the
// start must count. Measured on lattices of 64 to 900 tensors and random regular graphs of 40 to 200: 1 and 0.2 are no
// better than 0.4.
constexpr double warm = 0.4, cool = 0.1, cold = 0.03;
constexpr std::uint64_t many_sweeps = 1000;

// Parts of a tree that the exact planner orders anew.
constexpr std::size_t part_subtrees = 10;
constexpr std::uint64_t part_work = 20'000;

// One move of a tree takes about so many units, and more for each word of labels.
constexpr std::uint64_t move_work = 8, word_work = 1;

// Bits of labels of the largest tree, in words: 8 MiB. A lattice of 50 x 50 tensors fits.
constexpr std::size_t most_words = std::size_t{1} << 20;

// Of the work, what is left for exact orders of parts.
constexpr double share_of_parts = 0.2;

// The best order met on the way.
Order anneal(ContractionTree tree, const ImproveOptions& options, std::uint64_t moves) {
  Noise noise(options.seed);
  Order best = tree.order();
  double least = tree.cost();
  const std::uint64_t pairs = tree.nodes() - tree.tensors();
  const std::uint64_t sweeps = moves / pairs + 1;
  double temperature = sweeps >= many_sweeps ? warm : cool;
  const double cooling = std::pow(cold / temperature, 1.0 / static_cast<double>(sweeps));
  for (std::uint64_t sweep = 0; sweep < sweeps; ++sweep, temperature *= cooling) {
    for (std::uint64_t move = 0; move < pairs; ++move) {
      const std::uint32_t pair = tree.tensors() + noise.below(static_cast<std::uint32_t>(pairs));
      const std::uint64_t coins = noise.bits();
      const Pair outer = tree.children(pair);
      const std::uint32_t inner = (coins & 1U) != 0 ? outer.lhs : outer.rhs;
      if (!tree.is_pair(inner)) continue;
      const std::uint32_t up = (coins & 2U) != 0 ? tree.children(inner).lhs : tree.children(inner).rhs;
      const auto [before, after] = tree.try_rotation({pair, inner, up});
      if (after <= before || after < before * std::pow(noise.uniform(), -temperature)) tree.accept();
    }
    const double cost = tree.cost();
    if (cost < least) least = cost, best = tree.order();
  }
  return best;
}

// Orders every part anew, until nothing is gained any more.
void reoptimise(ContractionTree& tree, std::uint64_t work) {
  std::uint64_t spent = 0;
  for (bool gained = true; gained;) {
    gained = false;
    for (std::uint32_t pair = tree.nodes(); pair-- > tree.tensors();) {
      if ((spent += part_work) > work) return;
      gained |= tree.reoptimise(pair, part_subtrees, part_work);
    }
  }
}

}  // namespace

bool can_improve(const Network& network) {
  return 2 * network.tensors.size() * (network.extents.size() / 64 + 1) <= most_words;
}

Trial order_improve(const Network& network, const CostModel& model, const Order& start, const ImproveOptions& options) {
  Trial result{start, model.of_order(network, start, options.objective)};
  if (start.size() < 2 || !can_improve(network)) return result;
  ContractionTree tree(network, model, options.objective, start);
  const auto for_parts = static_cast<std::uint64_t>(share_of_parts * static_cast<double>(options.work));
  const std::uint64_t moves = (options.work - for_parts) / (move_work + word_work * tree.words());
  ContractionTree best(network, model, options.objective, anneal(std::move(tree), options, moves));
  reoptimise(best, for_parts);
  Order order = best.order();
  const double cost = model.of_order(network, order, options.objective);
  if (cost < result.cost) result = {std::move(order), cost};
  return result;
}

}  // namespace einc::plan
