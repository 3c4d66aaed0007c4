// SPDX-License-Identifier: BSD-3-Clause
#include "plan/anneal.hpp"

#include <cmath>

#include "plan/noise.hpp"

namespace einc::plan {
namespace {

// A change that makes two pairs e times as dear is taken at odds of exp(-1 / temperature). With time for many sweeps
// over the tree a warm start forgets where it came from and ends better; with few it never comes back, so that the
// start must count. Measured on lattices of 64 to 900 tensors and random regular graphs of 40 to 200: 1 and 0.2 are no
// better than 0.4.
constexpr double warm = 0.4, cool = 0.1, cold = 0.03;
constexpr std::uint64_t many_sweeps = 1000;

// One move of a tree takes about so many units, and more for each word of labels.
constexpr std::uint64_t move_work = 8, word_work = 1;

}  // namespace

Order anneal(ContractionTree tree, const AnnealOptions& options) {
  Noise noise(options.seed);
  Order best = tree.order();
  double least = tree.cost();
  const std::uint64_t pairs = tree.nodes() - tree.tensors();
  const std::uint64_t work = pairs * (move_work + word_work * tree.words());  // of a sweep
  const std::uint64_t sweeps = options.work / work + 1;
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
    if (options.watch != nullptr && options.watch->is_over(work)) break;
  }
  return best;
}

}  // namespace einc::plan
