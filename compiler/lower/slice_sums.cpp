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

Extent parts_of(Extent extent, Extent part) { return (extent + part - 1) / part; }

}  // namespace

// A slice of 4096 positions costs some hundred times what its results cost to be written and added up, and one of 4 million multiply-adds,
// packed elements counted as 24 of them (runtime/contract_partition.cpp), some 45 us: no slice is noticed by one thread.
int slices_of_sum(const ir::Instruction& contraction, const ir::Target& target) {
  constexpr Extent enough_tasks = 64, least_positions = 4096, packing = 24;
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

void slice_sum(Made& made, int slices, const ir::Target& target) {
  ir::Tiling& tiling = made.instruction.tiling;
  const std::string blocks_before = reason_of(tiling, made.instruction.dtype, target);
  const Extent units = parts_of(extents_by_role(made.instruction.loops).k, ir::slice_unit), longest = parts_of(units, slices);
  const Extent blocks = parts_of(longest * ir::slice_unit, tiling.k_block);
  tiling.k_slices = slices;
  tiling.k_block = std::min(tiling.k_block, parts_of(longest, blocks) * ir::slice_unit);
  made.scratch_bytes = ir::contract_scratch(tiling, made.instruction.dtype).bytes;
  if (made.reason.starts_with(blocks_before)) made.reason.replace(0, blocks_before.size(), reason_of(tiling, made.instruction.dtype, target));
  made.reason += fmt::format("; few results of a long sum: {} slices of {} positions are tasks of their own, and are added up in a fixed order", slices,
                             longest * ir::slice_unit);
}

}  // namespace einc::lower
