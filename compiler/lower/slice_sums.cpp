// SPDX-License-Identifier: BSD-3-Clause
#include "lower/slice_sums.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {
namespace {

constexpr Extent least_positions = 4096;  // of a slice

Extent parts_of(Extent extent, Extent part) { return (extent + part - 1) / part; }

// Positions of a long sum whose rows of a and b are neighbours in memory, and take half of the first-level cache, or, of wide rows, as much of the
// second as leaves room for the next ones: all tiles meet these rows, in place or packed, and ask for the next ones meanwhile. 0: neighbours do
// not lie so, are too many, or meet few tiles. (512 x 512 columns, 128 positions packed 55.5 ms, 864 97.5; 32 x 32 columns, f32, 96 positions at a time 19.2 ms, 48 without asking 25.3, 1568 34.5;
// 128 x 128 columns, 256 positions 43.8, 1568 without asking 69.3. Emerald Rapids, 2026-11.)
Extent positions_near(const Made& made, const ir::Target& target) {
  constexpr Extent least = 48, least_packed = 128, least_tiles = 2;
  const ir::Tiling& tiling = made.instruction.tiling;
  const Extent unit = ir::parts_of_row(tiling);
  Extent elements = 0;
  int sums = 0;
  for (const ir::Loop& loop : made.instruction.loops) {
    if (loop.role == ir::Role::k) ++sums;
    if (loop.role == ir::Role::m && loop.a == unit) elements += loop.extent * unit;
    else if (loop.role == ir::Role::n && loop.b == 1) elements += loop.extent;
    else if (loop.role == ir::Role::m || loop.role == ir::Role::n) return 0;
  }
  const ContractExtents extents = extents_by_role(made.instruction.loops);
  const Extent tiles = parts_of(extents.m, tiling.rows) * parts_of(extents.n, tiling.columns);
  if (sums != 1 || tiles < least_tiles || elements == 0) return 0;
  if (made.instruction.a.dtype || made.instruction.b.dtype) return 0;
  const Extent bytes = elements * static_cast<Extent>(bytes_of(made.instruction.dtype));
  if (extents.m > ir::tiles_read_in_place * tiling.rows * unit || extents.n > ir::panels_read_in_place * tiling.columns) {
    const Extent packed = std::max(target.l2_bytes / 4 / bytes / ir::slice_unit * ir::slice_unit, least_packed);
    return packed * bytes <= target.l2_bytes / 2 && 2 * packed <= extents.k && extents.k * bytes > 2 * target.l2_bytes ? packed : 0;
  }
  if (extents.k < 2 * least_positions) return 0;
  const Extent near = std::max(target.l1_bytes / 2 / bytes / ir::slice_unit * ir::slice_unit, least);
  if (near * bytes <= target.l1_bytes / 2) return near;
  const Extent far = target.l2_bytes / 8 / bytes / ir::slice_unit * ir::slice_unit;
  return far >= 2 * least ? far : 0;
}

// Another block of the sum, and what follows from it.
void take_block(Made& made, Extent k_block, const ir::Target& target) {
  ir::Tiling& tiling = made.instruction.tiling;
  const std::string blocks_before = reason_of(tiling, made.instruction.dtype, target);
  tiling.k_block = k_block;
  const Extent columns = extents_by_role(made.instruction.loops).n, room = target.l2_bytes / 4 / (k_block * static_cast<Extent>(bytes_of(made.instruction.dtype)));
  if (tiling.run == 0) tiling.n_block = std::max(tiling.n_block, room >= columns ? columns : room / tiling.columns * tiling.columns);  // runs and groups of them have blocks of their own
  made.scratch_bytes = ir::contract_scratch(tiling, made.instruction.dtype).bytes;
  if (made.reason.starts_with(blocks_before)) made.reason.replace(0, blocks_before.size(), reason_of(tiling, made.instruction.dtype, target));
}

}  // namespace

// A slice of 4096 positions costs some hundred times what its results cost to be written and added up, and one of 4 million multiply-adds,
// packed elements counted as 24 of them (runtime/contract_partition.cpp), some 45 us: no slice is noticed by one thread.
int slices_of_sum(const ir::Instruction& contraction, const ir::Target& target) {
  constexpr Extent enough_tasks = 64, packing = 24;
  constexpr double least_work = 4e6;
  if (contraction.kernel != ir::Kernel::contract) return 1;
  const ContractExtents extents = extents_by_role(contraction.loops);
  const Extent rows = contraction.tiling.rows, columns = contraction.tiling.columns;
  if (extents.k < 2 * least_positions || extents.batch >= enough_tasks || extents.m >= enough_tasks * rows || extents.n >= enough_tasks * columns) return 1;
  const Extent tiles = extents.batch * parts_of(extents.m, rows) * parts_of(extents.n, columns);
  if (tiles >= enough_tasks) return 1;
  const Extent results = extents.batch * extents.m * extents.n;
  const double position = static_cast<double>(extents.batch * (extents.m * extents.n + packing * (extents.m + extents.n)));
  const auto worth = static_cast<Extent>(std::min(position * static_cast<double>(extents.k) / least_work, 1e6));
  const Extent near = target.l2_bytes / (results * static_cast<Extent>(bytes_of(contraction.dtype)));
  const Extent most = std::min({enough_tasks / extents.batch, extents.k / least_positions, worth, near});
  return most < 2 ? 1 : static_cast<int>(std::bit_floor(static_cast<std::uint64_t>(most)));
}

void shorten_blocks(Made& made, const ir::Target& target) {
  const ir::Tiling& tiling = made.instruction.tiling;
  const Extent near = made.instruction.kernel == ir::Kernel::contract && tiling.ahead == ir::Ahead::nothing ? positions_near(made, target) : 0;
  if (near == 0 || near >= tiling.k_block) return;
  take_block(made, near, target);
  made.instruction.tiling.ahead = ir::Ahead::sum;
  made.reason += fmt::format("; of a long sum, {} positions of both are in a cache for all tiles, and the next ones are asked for", near);
}

void slice_sum(Made& made, int slices, const ir::Target& target) {
  shorten_blocks(made, target);
  ir::Tiling& tiling = made.instruction.tiling;
  const Extent units = parts_of(extents_by_role(made.instruction.loops).k, ir::slice_unit), longest = parts_of(units, slices);
  const Extent blocks = parts_of(longest * ir::slice_unit, tiling.k_block);
  tiling.k_slices = slices;
  take_block(made, std::min(tiling.k_block, parts_of(longest, blocks) * ir::slice_unit), target);
  made.reason += fmt::format("; few results of a long sum: {} slices of {} positions are tasks of their own, and are added up in a fixed order", slices,
                             longest * ir::slice_unit);
}

}  // namespace einc::lower
