// contract_partition.hpp: into which equal tasks a contraction is cut for several threads. Knows extents; no data, no strides.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace einc::runtime {

// Below this many multiply-adds one thread is faster: waking another costs about 1 us, the work of 80 000 of them on a
// 2-core AVX-512 machine (Emerald Rapids, 2026-11).
inline constexpr std::ptrdiff_t least_work = 160'000;

inline constexpr std::ptrdiff_t tasks_per_thread = 4;  // enough to even out, few enough to share what a thread has prepared

struct PartitionExtents {
  std::ptrdiff_t batch, m, n, k;
  std::ptrdiff_t columns;       // of the register tile: n is cut between panels only
  bool packs_a, packs_b;        // a packed operand is packed again by every task that needs the same part of it
  std::ptrdiff_t rows = 1;      // m is cut between multiples of so many
  enum class Neighbours { none, along_m, along_n } in_c = Neighbours::none;  // where pieces of c lie that are cut with their range
};

// Tasks are numbered batch-major, then n, then m; each covers one share of each range. No share ever cuts a sum: where it is cut into
// slices, that was done by extents alone, and slices count as batches here. So results do not depend on the partition.
struct ContractPartition {
  std::ptrdiff_t batch = 1, m = 1, n = 1;
  std::ptrdiff_t tasks() const { return batch * m * n; }
  bool operator==(const ContractPartition&) const = default;
};

ContractPartition partition_contract(const PartitionExtents& extents, int threads);

// The half-open range of share `index` of `shares` of [0, extent) counted in units.
struct Range {
  std::ptrdiff_t begin, end;
};
constexpr Range share_of(std::ptrdiff_t extent, std::ptrdiff_t unit, std::ptrdiff_t index, std::ptrdiff_t shares) {
  if (shares == 1) return {0, extent};  // no divisions: they are most of the cost of a small call
  const std::ptrdiff_t units = (extent + unit - 1) / unit;
  const std::ptrdiff_t begin = units * index / shares * unit, end = units * (index + 1) / shares * unit;
  return {begin < extent ? begin : extent, end < extent ? end : extent};
}

}  // namespace einc::runtime
