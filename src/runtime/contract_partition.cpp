// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contract_partition.hpp"

#include <algorithm>
#include <numeric>

namespace einc::runtime {
namespace {

// Packing one element costs about as much as this many multiply-adds (the same machine).
constexpr std::ptrdiff_t packing_cost = 24;

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
  std::ptrdiff_t best_cost = -1;
  for (std::ptrdiff_t n_parts = 1; n_parts <= parts; ++n_parts) {
    if (parts % n_parts != 0) continue;
    const ContractPartition cut{e.batch, std::min(parts / n_parts, (e.m + e.rows - 1) / e.rows), std::min(n_parts, (e.n + e.columns - 1) / e.columns)};
    const std::ptrdiff_t m = round_up_share(e.m, e.rows, cut.m), n = round_up_share(e.n, e.columns, cut.n);
    const std::ptrdiff_t one = std::max(m, std::min(e.m, least_rows)) * n + packing_cost * ((e.packs_a ? m : 0) + (e.packs_b ? n : 0));
    const std::ptrdiff_t rounds = (cut.tasks() + threads - 1) / threads;
    if (best_cost < 0 || rounds * one < best_cost) best = cut, best_cost = rounds * one;
  }
  return best;
}

}  // namespace einc::runtime
