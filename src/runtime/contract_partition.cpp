// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contract_partition.hpp"

#include <algorithm>
#include <numeric>

namespace einc::runtime {
namespace {

// Packing one element costs about as much as this many multiply-adds (the same machine).
constexpr std::ptrdiff_t packing_cost = 24;

// Two threads that write neighbours take lines from each other, where one ends and the other begins, and those that a core foresees beyond its end:
// for each such place as many multiply-adds as a core does in 0.1 us. 512 x 64 x 512, f32, two threads, columns cut in two: 218 us, and 410 while the
// cores shared no cache; rows: 170 either way (Zen 4, 2026-11).
constexpr double shared_place_cost = 6000;

// A tile of fewer rows takes as long: its sums wait for each other.
constexpr std::ptrdiff_t least_rows = 4;

std::ptrdiff_t round_up_share(std::ptrdiff_t extent, std::ptrdiff_t unit, std::ptrdiff_t shares) {
  const std::ptrdiff_t units = (extent + unit - 1) / unit;
  return std::min((units + shares - 1) / shares * unit, extent);
}

}  // namespace

ContractPartition partition_contract(const PartitionExtents& e, int threads) {
  if (threads <= 1 || e.batch * e.m * e.n * e.k < least_work) return {};
  const std::ptrdiff_t most = threads * tasks_per_thread;
  if (e.batch >= most) return {most, 1, 1};

  // Fewer batches than that: cut each into as many parts as make the number of tasks a multiple of the threads.
  const std::ptrdiff_t parts = threads / std::gcd<std::ptrdiff_t>(e.batch, threads);
  ContractPartition best{e.batch, 1, 1};
  double best_cost = -1;
  for (std::ptrdiff_t n_parts = 1; n_parts <= parts; ++n_parts) {
    if (parts % n_parts != 0) continue;
    const ContractPartition cut{e.batch, std::min(parts / n_parts, (e.m + e.rows - 1) / e.rows), std::min(n_parts, (e.n + e.columns - 1) / e.columns)};
    const std::ptrdiff_t m = round_up_share(e.m, e.rows, cut.m), n = round_up_share(e.n, e.columns, cut.n);
    using Neighbours = PartitionExtents::Neighbours;
    const bool shares = e.in_c == Neighbours::along_n ? cut.n > 1 : e.in_c == Neighbours::along_m && cut.m > 1;
    const double places = shares ? static_cast<double>(e.in_c == Neighbours::along_n ? m : n) : 0;
    const double one = static_cast<double>(std::max(m, std::min(e.m, least_rows)) * n + packing_cost * ((e.packs_a ? m : 0) + (e.packs_b ? n : 0))) +
                       places * shared_place_cost / static_cast<double>(std::max<std::ptrdiff_t>(e.k, 1));
    const double cost = static_cast<double>((cut.tasks() + threads - 1) / threads) * one;
    if (best_cost < 0 || cost < best_cost) best = cut, best_cost = cost;
  }
  return best;
}

}  // namespace einc::runtime
