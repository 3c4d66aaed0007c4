// cost.hpp: the cost model: predicted seconds of a step from its loops, its bytes and the speeds of a target.
// Knows shapes of kernels and levels of cache in general; never which kernel or tile will be taken.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <einc/options.hpp>

#include "ir/target.hpp"
#include "plan/network.hpp"

namespace einc::plan {

using einc::Objective;

// What bounds a step.
enum class Limit : std::uint8_t { compute, bandwidth, overhead };

struct Cost {
  double flops = 0;
  double bytes = 0;
  double seconds = 0;
  Limit limit = Limit::overhead;
  double share_of_peak = 0;  // of the peak of its threads, while it computes, as the shape allows; compute-bound steps only
  std::string_view level;    // where its bytes come from: "l1", "l2", "l3", "memory"
  int threads = 1;
};

class CostModel {
 public:
  CostModel(const ir::Target& target, ir::NumberKind kind);

  // gathered: elements of an operand whose neighbours are not those of the result. Packing turns them, which waits for memory.
  Cost contract(const Loops& loops, double gathered = 0) const;
  Cost reduce(double from, double to) const;  // elements read and written
  Cost permute(double elements) const;
  Cost map(double from, double to, double operations) const;  // elements read and written; operations of all positions together

  // Of a value with itself, the result its own transpose: of so many blocks of rows, each from the diagonal on, and of mirroring them.
  // Never more than the whole: 0 blocks where nothing is gained.
  std::uint32_t symmetric_blocks(const Loops& loops) const;
  Cost symmetric(const Loops& loops, std::uint32_t blocks, double gathered = 0) const;

  // The same for tensors of such labels: of short ones, neighbours in memory are few, and loops around them cost more than arithmetic.
  CostModel for_labels(const std::vector<double>& extents) const;

  // Cost of one pair in a search, flops and seconds by their weight. Seconds leave out what every order pays alike: the fixed cost of n - 1 instructions.
  double of_pair(const Loops& loops, Objective objective) const;

  // Less than of_pair, or as much, in a fraction of the time: enough to see that most pairs are too dear.
  double at_least(const Loops& loops, Objective objective) const {
    if (objective != Objective::seconds) return of_pair(loops, objective);
    const double seconds = loops.weight * loops.batch * loops.m * loops.n * loops.k * seconds_per_product_;
    return loops.k > 1 ? 2 * seconds + loops.weight * loops.batch * seconds_per_batch_ : seconds;
  }

  // No pair costs less than `pair` and `element` for each element of both tensors; `sums`: of pairs that sum over something.
  struct Floor {
    double pair = 0, element = 0;
  };
  Floor floor(bool sums, Objective objective) const;

  // Seconds of a sum are at least so many, where its tensors have so many elements and at most `k` positions are summed at once.
  // With one row or one column it streams, which takes less: where that may be.
  double of_sum_at_least(double one, double other, double k, bool may_stream) const;

  // Of an order as a whole: the sum over its pairs, or the largest for Objective::size.
  double of_order(const Network& network, const Order& order, Objective objective) const;

 private:
  struct Level {
    std::string_view name;
    double bytes;             // holds so many
    double bytes_per_second;  // of one thread
  };
  struct Work {
    double compute_seconds, bytes;  // of one thread; counted once
  };
  struct Seconds {
    double one, all;  // on one thread, on all of them
  };

  const Level& level_of(double bytes) const;
  double contract_seconds(const Loops& loops, double flops) const;
  double contract_bytes(const Loops& loops) const;
  Seconds busy(const Work& work, const Level& level) const;
  Cost finish(const Work& work, double flops) const;
  double tile_share(double m, double n) const;

  double peak_;                // flops a second of one thread
  double seconds_per_product_; // of all threads at peak: no contraction is faster
  double seconds_per_batch_;   // of one element of the batch of a sum, on all threads
  double element_bytes_;
  double row_seconds_;         // of neighbours in memory that are moved together
  double element_seconds_ = 0; // of one element, so far as it shares in its row
  double tile_rows_ = 8, tile_columns_ = 16;
  double pack_rate_;           // bytes a second through the packing loops
  double instruction_seconds_, fork_seconds_;
  int threads_;
  double memory_threads_;      // threads that still add bandwidth beyond the caches of a core
  Level levels_[4];
};

// One step towards a total: sums, or the maximum for Objective::size.
inline double combine(double one, double other, Objective objective) {
  return objective == Objective::size ? (one > other ? one : other) : one + other;
}

}  // namespace einc::plan
