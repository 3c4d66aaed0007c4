// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_tiles.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"

namespace einc::lower {
namespace {

Extent round_up(Extent value, Extent unit) { return (value + unit - 1) / unit * unit; }

// Cuts extent into equal blocks of at most `most`, each a multiple of unit, so that no block is left thin.
Extent even_block(Extent extent, Extent most, Extent unit) {
  most = std::max(most / unit * unit, unit);
  const Extent blocks = (extent + most - 1) / most;
  return std::min(round_up((extent + blocks - 1) / blocks, unit), extent);
}

ir::TileShape widest_tile(DType dtype, const ir::Target& target) {
  for (const ir::TileShape& tile : target.tiles)
    if (tile.dtype == dtype) return tile;
  const int lanes = target.vector_bytes / static_cast<int>(bytes_of(dtype));
  return {dtype, 4, lanes};  // a target without tiles still computes: the smallest shape every table has
}

}  // namespace

// A row panel of a (rows x k_block) stays in L1 while the block of b (k_block x n_block), which stays in L2, passes by it
// panel after panel. So k_block fills L1 with one panel of each, and n_block half of L2 with b.
TileChoice choose_tiles(const ContractExtents& extents, DType dtype, const ir::Target& target) {
  constexpr Extent k_unit = 16, m_most = 1024;
  const auto element = static_cast<Extent>(bytes_of(dtype));
  const ir::TileShape tile = widest_tile(dtype, target);

  TileChoice choice;
  ir::Tiling& tiling = choice.tiling;
  tiling.rows = static_cast<int>(std::min<Extent>(tile.rows, extents.m));
  tiling.columns = tile.columns;
  tiling.k_block = even_block(extents.k, target.l1_bytes / ((tile.rows + tile.columns) * element), k_unit);
  tiling.n_block = even_block(extents.n, target.l2_bytes / 2 / (tiling.k_block * element), tile.columns);
  tiling.m_block = even_block(extents.m, m_most, tile.rows);
  choice.scratch_bytes = ir::contract_scratch(tiling, dtype).bytes;
  choice.reason = fmt::format(
      "tile {} x {}: a panel of {} KiB and {} KiB of b in L1 ({} KiB); b block {} x {}, {} KiB, in L2 ({} KiB)",
      tiling.rows, tiling.columns, tiling.rows * tiling.k_block * element / 1024,
      tiling.columns * tiling.k_block * element / 1024, target.l1_bytes / 1024, tiling.k_block, tiling.n_block,
      tiling.k_block * tiling.n_block * element / 1024, target.l2_bytes / 1024);
  return choice;
}

}  // namespace einc::lower
