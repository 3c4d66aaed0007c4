// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_tiles.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"

namespace einc::lower {
namespace {

// Cuts extent into equal blocks of at most `most`, each a multiple of unit, so that no block is left thin.
Extent even_block(Extent extent, Extent most, Extent unit) {
  most = std::max(most / unit * unit, unit);
  const Extent blocks = (extent + most - 1) / most;
  return std::min(round_up((extent + blocks - 1) / blocks, unit), extent);
}

}  // namespace

ir::TileShape widest_tile(ir::NumberKind kind, const ir::Target& target) {
  for (const ir::TileShape& tile : target.tiles)
    if (tile.kind == kind) return tile;
  const int lanes = target.vector_bytes / static_cast<int>(bytes_of(kind.dtype));
  return {kind, 4, lanes};  // a target without tiles still computes: the smallest shape every table has
}

ContractExtents extents_by_role(const std::vector<ir::Loop>& loops) {
  ContractExtents extents;
  for (const ir::Loop& loop : loops) {
    Extent& extent = loop.role == ir::Role::batch ? extents.batch : loop.role == ir::Role::m ? extents.m : loop.role == ir::Role::n ? extents.n : extents.k;
    extent *= loop.extent;
  }
  return extents;
}

std::string reason_of(const ir::Tiling& tiling, DType dtype, const ir::Target& target) {
  const auto bytes = [&](Extent elements) { return elements * static_cast<Extent>(tiling.quads ? 1 : tiling.duos ? 2 : bytes_of(dtype)); };
  const auto placed = [](Extent block, std::string_view cache, std::int64_t size) {
    return fmt::format("({:.1f} KiB) {} {} of {} KiB", static_cast<double>(block) / 1024, block <= size ? "in" : "past", cache, size / 1024);
  };
  return fmt::format("two free sides: every element is used often, so tiles stay in registers; {} x {} of a {}, {} x {} of b {}", tiling.rows, tiling.k_block,
                     placed(bytes(tiling.rows * tiling.k_block * ir::parts_of_row(tiling)), "L1", target.l1_bytes), tiling.k_block, tiling.n_block,
                     placed(bytes(tiling.k_block * tiling.n_block), "L2", target.l2_bytes)) +
         (tiling.quads ? "; bytes are packed in fours, which one instruction multiplies and adds to 32 bits" : "") +
         (tiling.duos ? fmt::format("; bf16 is packed in twos, which one instruction multiplies and adds to f32: {:.2f} times the multiply-adds of f32", target.duo_rate) : "");
}

// A panel of a (rows x k_block) is read from L1 by every panel of b, which streams by from the L2 it fills (k_block x n_block).
// Long sums are worth more than a panel of a that leaves L1 room for others: 1024^3 f32 runs at 85 % of peak with k_block 256,
// 88 with 384, 89 with 512 and with 1024; n_block 512 to 1024 are level (Emerald Rapids, AVX-512, 2026-11). With few panels of
// b, a is hardly read again, and what counts is reading it in long runs: 16 x 2048 x 64 x 2048 gets 63, 73, 77 % from 512, 1024, 2048;
// with few rows as well it is b that does: 32 x 32 x 1 000 000 takes 1.08 of the time with the longest.
TileChoice choose_tiles(const ContractExtents& extents, ir::NumberKind kind, const ir::Target& target, PackedForm form) {
  constexpr Extent k_unit = 16, m_most = 1024, few_panels = 4, many_tiles = 16;
  const auto element = static_cast<Extent>(form == PackedForm::quads ? 1 : form == PackedForm::duos ? 2 : bytes_of(kind.dtype));
  const ir::TileShape tile = form == PackedForm::quads ? *target.byte_tile : form == PackedForm::duos ? *target.duo_tile : widest_tile(kind, target);
  const Extent a_bytes = target.l1_bytes * (extents.n > few_panels * tile.columns ? 1 : extents.m < many_tiles * tile.rows ? 2 : 4);

  TileChoice choice;
  ir::Tiling& tiling = choice.tiling;
  tiling.quads = form == PackedForm::quads, tiling.duos = form == PackedForm::duos;
  tiling.rows = static_cast<int>(std::min<Extent>(tile.rows, extents.m));
  tiling.columns = tile.columns;
  tiling.k_block = even_block(extents.k, a_bytes / (tile.rows * element), k_unit);
  tiling.n_block = even_block(extents.n, target.l2_bytes / (tiling.k_block * element), tile.columns);
  tiling.m_block = even_block(extents.m, m_most, tile.rows);
  choice.scratch_bytes = ir::contract_scratch(tiling, kind.dtype).bytes;
  choice.reason = reason_of(tiling, kind.dtype, target);
  return choice;
}

}  // namespace einc::lower
