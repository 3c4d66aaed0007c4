// SPDX-License-Identifier: BSD-3-Clause
#include "plan/anneal.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>

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

// Whether a change is taken at a temperature. The odds need a power; mostly a bound on it tells, from how many zeros the number drawn begins
// with: u in [2^-(z+1), 2^-z) gives u^-t in (2^(zt), 2^((z+1)t)].
class Odds {
 public:
  void cool_to(double temperature) {
    temperature_ = temperature;
    known_ = 0;
  }

  bool take(double before, double after, Noise& noise) {
    if (after <= before) return true;
    const std::uint64_t bits = noise.bits() >> 11;
    const auto zeros = static_cast<std::size_t>(std::countl_zero(bits << 11 | 1U));
    for (; known_ < zeros + 2; ++known_) most_[known_] = std::exp2(static_cast<double>(known_) * temperature_);
    if (after > before * most_[zeros + 1]) return false;
    if (after < before * most_[zeros]) return true;
    const double uniform = (static_cast<double>(bits) + 0.5) * 0x1p-53;
    return after < before * std::pow(uniform, -temperature_);
  }

 private:
  double temperature_ = 0;
  std::array<double, 66> most_{};  // powers for each number of zeros, of which a sweep over a small tree needs few
  std::size_t known_ = 0;
};

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
  Odds odds;
  for (std::uint64_t sweep = 0; sweep < sweeps; ++sweep, temperature *= cooling) {
    odds.cool_to(temperature);
    for (std::uint64_t move = 0; move < pairs; ++move) {
      const std::uint64_t coins = noise.bits();
      const std::uint32_t pair = tree.tensors() + static_cast<std::uint32_t>((coins >> 32) * pairs >> 32);
      const Pair outer = tree.children(pair);
      const std::uint32_t inner = (coins & 1U) != 0 ? outer.lhs : outer.rhs;
      if (!tree.is_pair(inner)) continue;
      const std::uint32_t up = (coins & 2U) != 0 ? tree.children(inner).lhs : tree.children(inner).rhs;
      const auto [before, after] = tree.try_rotation({pair, inner, up});
      if (odds.take(before, after, noise)) tree.accept();
    }
    const double cost = tree.cost();
    if (cost < least) least = cost, best = tree.order();
    if (options.watch != nullptr && options.watch->is_over(work)) break;
  }
  return best;
}

}  // namespace einc::plan
