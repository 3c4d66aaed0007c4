// cost.cpp: every constant of the cost model, with its source.
// SPDX-License-Identifier: BSD-3-Clause
//
// "Measured" below means a 2-core AVX-512 server (Emerald Rapids, 48 KiB l1, 2 MiB l2 a core), 2026; rates of one thread.
#include "plan/cost.hpp"

#include <algorithm>
#include <cmath>

namespace einc::plan {
namespace {

// For targets without calibrated speeds: AVX2 with two fused multiply-adds a cycle at 3 GHz, and the measured bandwidths.
constexpr double fallback_f32_flops = 95e9;
constexpr double fallback_memory_bytes = 21e9, fallback_l2_bytes = 79e9;

// Measured copies: l1 373 GB/s beside l2 79 to 100 (4x), l3 27 to 35 beside memory 13.5 to 21 (1.7 to 2x).
constexpr double l1_over_l2 = 4, l3_over_memory = 1.7;

// Measured: two threads copy from memory at 1.93x the rate of one. Beyond four, a socket's memory is assumed to be full.
constexpr double threads_that_fill_memory = 4;

// A tile of r rows does useful work in x / (x + r/4) of its lanes when x rows are wanted: 80 % at x = r, 98 % at 12 r. The true
// value jumps (x = r fills the tile, x = r + 1 half of it); lower picks a tile afterwards, so the planner wants the trend.
constexpr double ragged_share = 0.25;

// Loading and storing the accumulators of a tile costs about as much as 8 of its k steps, so k reaches k / (k + 8) of peak.
constexpr double k_overhead = 8;

// A contraction with one row or one column, or no sum, does one load for every fused multiply-add: a quarter of peak from l1.
constexpr double streaming_share = 0.25;

// Setting up the loops of one element of the batch; measured batches of 1000 4x4x4 contractions take 4 to 5.5 us.
constexpr double batch_seconds = 4e-9;

// A row of neighbours of two elements takes 2 to 6 ns where nothing but loops is around it: an outer product, a sum with one free side.
// Contractions with two free sides pack rows, and intermediates are laid out for them: measured a third of that.
constexpr double fallback_row_seconds = 3e-9, packed_row_share = 0.3;

// Permutations between layouts reach 70 % of a copy where the innermost label changes, which is the usual reason for one.
constexpr double permute_share = 0.7;

double at_most_largest(double value) { return std::min(value, largest_product); }

// A sum counts a multiplication and an addition for each product, a plain product only the former.
double flops_of(const Loops& loops) {
  const double outputs = at_most_largest(at_most_largest(loops.batch * loops.m) * loops.n);
  return at_most_largest((loops.k != 1 ? 2 : 1) * outputs * loops.k);
}

}  // namespace

CostModel::CostModel(const ir::Target& target, ir::NumberKind kind)
    : peak_(target.flops(kind)),
      element_bytes_(static_cast<double>(bytes_of(kind.dtype))),
      row_seconds_(target.speeds.row_seconds > 0 ? target.speeds.row_seconds : fallback_row_seconds),
      instruction_seconds_(target.speeds.instruction_seconds),
      fork_seconds_(target.speeds.fork_seconds),
      threads_(std::max(target.threads, 1)),
      memory_threads_(std::min<double>(threads_, threads_that_fill_memory)) {
  if (!(peak_ > 0)) peak_ = kind.dtype == DType::f32 ? fallback_f32_flops : fallback_f32_flops / 2;
  seconds_per_product_ = (1 - 1e-9) / (peak_ * threads_);
  seconds_per_batch_ = (1 - 1e-9) * batch_seconds / threads_;
  const double memory = target.speeds.memory_bytes > 0 ? target.speeds.memory_bytes : fallback_memory_bytes;
  const double l2 = target.speeds.l2_bytes > 0 ? target.speeds.l2_bytes : fallback_l2_bytes;
  pack_rate_ = l2;
  const double l1 = target.speeds.l1_bytes > 0 ? target.speeds.l1_bytes : l2 * l1_over_l2;
  const double l3 = target.speeds.l3_bytes > 0 ? target.speeds.l3_bytes : memory * l3_over_memory;
  levels_[0] = {"l1", static_cast<double>(target.l1_bytes), std::max(l1, l2)};
  levels_[1] = {"l2", static_cast<double>(target.l2_bytes), l2};
  levels_[2] = {"l3", static_cast<double>(target.l3_bytes), std::clamp(l3, std::min(memory, l2), l2)};
  levels_[3] = {"memory", 0, memory};
  for (const ir::TileShape& tile : target.tiles) {
    if (tile.kind != kind) continue;
    tile_rows_ = tile.rows, tile_columns_ = tile.columns;  // the first one is the widest
    break;
  }
}

CostModel CostModel::for_labels(const std::vector<double>& extents) const {
  CostModel model = *this;
  double logs = 0;
  for (const double extent : extents) logs += std::log2(std::max(extent, 1.0));
  if (!extents.empty()) model.element_seconds_ = row_seconds_ / std::exp2(logs / static_cast<double>(extents.size()));
  return model;
}

const CostModel::Level& CostModel::level_of(double bytes) const {
  // Arrays of one core's l1 or l2 are split over the cores that share the work, so only the size of one part counts there.
  const double part = bytes / threads_;
  if (part <= levels_[0].bytes) return levels_[0];
  if (part <= levels_[1].bytes) return levels_[1];
  return bytes <= levels_[2].bytes ? levels_[2] : levels_[3];
}

// The share of a register tile's lanes that do useful work; either operand may be the one held as vectors.
double CostModel::tile_share(double m, double n) const {
  auto fill = [](double extent, double tile) { return extent / (extent + ragged_share * tile); };
  return std::max(fill(m, tile_rows_) * fill(n, tile_columns_), fill(n, tile_rows_) * fill(m, tile_columns_));
}

// Time of the arithmetic of a contraction on one thread, its packing included.
double CostModel::contract_seconds(const Loops& loops, double flops) const {
  if (flops == 0) return 0;  // an extent of zero
  const bool streams = loops.m == 1 || loops.n == 1 || loops.k == 1;
  const double streamed = flops / (peak_ * streaming_share);
  const double lhs = loops.m * loops.k, rhs = loops.n * loops.k, out = loops.m * loops.n;
  if (streams) return streamed + loops.batch * (std::max({lhs, rhs, out}) * element_seconds_ + (loops.k > 1 ? batch_seconds : 0));
  const double share = tile_share(loops.m, loops.n) * loops.k / (loops.k + k_overhead);
  const double packed = loops.batch * loops.k * (loops.m + loops.n);  // each read once and written once
  const double rows = packed_row_share * loops.batch * (lhs + rhs + out) * element_seconds_;
  return flops / (peak_ * share) + 2 * packed * element_bytes_ / pack_rate_ + rows + loops.batch * batch_seconds;
}

CostModel::Seconds CostModel::busy(const Work& work, const Level& level) const {
  const double one = std::max(work.compute_seconds, work.bytes / level.bytes_per_second);
  if (threads_ == 1) return {one, one};
  const double streams = &level >= &levels_[2] ? memory_threads_ : threads_;
  return {one, std::max(work.compute_seconds / threads_, work.bytes / (level.bytes_per_second * streams)) + fork_seconds_};
}

Cost CostModel::finish(const Work& work, double flops) const {
  const Level& level = level_of(work.bytes);
  const auto [one, all] = busy(work, level);
  Cost cost;
  cost.flops = at_most_largest(flops);
  cost.bytes = at_most_largest(work.bytes);
  cost.level = level.name;
  cost.threads = all < one ? threads_ : 1;
  const double seconds = std::min(one, all);
  cost.seconds = at_most_largest(seconds + instruction_seconds_);
  const bool computes = work.compute_seconds * level.bytes_per_second > work.bytes;
  cost.limit = seconds < instruction_seconds_ ? Limit::overhead : computes ? Limit::compute : Limit::bandwidth;
  cost.share_of_peak = work.compute_seconds > 0 ? std::min(1.0, flops / (peak_ * work.compute_seconds)) : 0;
  return cost;
}

double CostModel::contract_bytes(const Loops& loops) const {
  const double lhs = loops.m * loops.k, rhs = loops.n * loops.k, out = loops.m * loops.n;
  return at_most_largest(loops.batch * element_bytes_ * at_most_largest(lhs + rhs + out));
}

Cost CostModel::contract(const Loops& loops, double gathered) const {
  const double flops = flops_of(loops), bytes = contract_bytes(loops);
  const double turning = loops.m == 1 || loops.n == 1 || loops.k == 1 ? 0 : gathered * element_bytes_ / level_of(bytes).bytes_per_second;
  return finish({at_most_largest(contract_seconds(loops, flops) + turning), bytes}, flops);
}

// So many blocks compute 56 % of the result; shorter ones would leave the kernel too few rows.
std::uint32_t CostModel::symmetric_blocks(const Loops& loops) const {
  constexpr double most_blocks = 8, least_rows = 64;
  if (loops.m != loops.n || loops.k == 1 || loops.m < 2 * least_rows) return 0;
  const auto blocks = static_cast<std::uint32_t>(std::min(most_blocks, loops.m / least_rows));
  return symmetric(loops, blocks).seconds < contract(loops).seconds ? blocks : 0;
}

Cost CostModel::symmetric(const Loops& loops, std::uint32_t blocks, double gathered) const {
  const double share = (blocks + 1) / (2.0 * blocks);
  const Cost mirrored = permute(at_most_largest(at_most_largest(loops.batch * loops.m) * loops.n));
  Cost cost = contract(loops, gathered);
  cost.flops *= share;
  cost.bytes = at_most_largest(cost.bytes + mirrored.bytes);
  cost.seconds = at_most_largest(cost.seconds * share + mirrored.seconds);
  return cost;
}

Cost CostModel::reduce(double from, double to) const {
  const double read = at_most_largest(from), written = at_most_largest(to);
  return finish({read / (peak_ * streaming_share), (read + written) * element_bytes_}, read);
}

Cost CostModel::permute(double elements) const {
  const double bytes = 2 * at_most_largest(elements) * element_bytes_;
  Cost cost = finish({0, bytes / permute_share}, 0);
  cost.bytes = bytes;
  return cost;
}

Cost CostModel::map(double from, double to, double operations) const {
  const double work = at_most_largest(operations), bytes = at_most_largest(from + to) * element_bytes_;
  return finish({work / (peak_ * streaming_share), bytes}, work);
}

double CostModel::of_pair(const Loops& loops, Objective objective) const {
  switch (objective) {
    case Objective::seconds: {
      const Work work{at_most_largest(contract_seconds(loops, flops_of(loops))), contract_bytes(loops)};
      const auto [one, all] = busy(work, level_of(work.bytes));
      return loops.weight * std::min(one, all);
    }
    case Objective::flops: return loops.weight * flops_of(loops);
    case Objective::size:
    case Objective::write: return at_most_largest(at_most_largest(loops.batch * loops.m) * loops.n);
  }
  return 0;
}

CostModel::Floor CostModel::floor(bool sums, Objective objective) const {
  if (objective == Objective::flops) return {0, sums ? 1 : 0.5};
  if (objective != Objective::seconds) return {};
  // A product for each element of the larger tensor; with two free sides, for all of both.
  const double streamed = seconds_per_product_ / streaming_share;
  const double rows = packed_row_share * element_seconds_ / threads_ * (1 - 1e-9);
  if (!sums) return {0, streamed / 2 + rows};
  return {seconds_per_batch_, rows + std::min(streamed, 2 * seconds_per_product_ + 2 * element_bytes_ / (pack_rate_ * threads_) * (1 - 1e-9))};
}

// contract_seconds() multiplied out, with the sum as short as it can be where that makes tiles dearer.
double CostModel::of_sum_at_least(double one, double other, double k, bool may_stream) const {
  constexpr double least_k = 2;
  const auto [small, large] = std::minmax(one, other);
  const auto [low, high] = std::minmax(tile_rows_, tile_columns_);
  const double products = 2 * one * other / k + 2 * ragged_share * (low * large + high * small);
  const double tiles = 2 * ragged_share * ragged_share * low * high * (least_k + k_overhead);
  const double row = element_seconds_ / threads_ * (1 - 1e-9);
  const double packing = (one + other) * (2 * element_bytes_ / (pack_rate_ * threads_) * (1 - 1e-9) + packed_row_share * row);
  const double packed = (products * (1 + k_overhead / k) + tiles) * seconds_per_product_ + packing;
  return seconds_per_batch_ + (may_stream ? std::min(packed, large * (2 * seconds_per_product_ / streaming_share + row)) : packed);
}

double CostModel::of_order(const Network& network, const Order& order, Objective objective) const {
  Contraction contraction(network);
  double total = 0;
  for (const Pair pair : order) total = combine(total, of_pair(contraction.contract(pair), objective), objective);
  return total;
}

}  // namespace einc::plan
