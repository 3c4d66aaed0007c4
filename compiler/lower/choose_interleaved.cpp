// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_interleaved.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace einc::lower {

// A tile reads its rows of a from L1, where they stay, and its columns of b from the L2 that a block of b fills. Where all of
// some batches fits L1, as many vectors of batches are taken at once: each page of the arrays is then turned to less often.
std::optional<TileChoice> choose_interleaved(const std::vector<ir::Loop>& loops, ir::NumberKind kind, const ir::Target& target) {
  const bool complex = is_complex(kind.dtype);
  const int wide_tile_rows = complex ? 6 : 12;  // register tiles of that many rows belong to machines with 32 vectors
  constexpr Extent most_vectors = 8;
  const ir::Loop* lanes = nullptr;
  ir::Loop m{ir::Role::m, 1, 0, 0, 0}, n = m, k = m;
  for (const ir::Loop& loop : loops) {
    if (loop.role == ir::Role::batch) lanes = &loop;
    if (loop.role == ir::Role::m) m = loop;
    if (loop.role == ir::Role::n) n = loop;
    if (loop.role == ir::Role::k) k = loop;
  }
  const Extent width = target.vector_bytes / static_cast<Extent>(bytes_of(kind.dtype));
  if (lanes == nullptr || lanes->a != 1 || lanes->b != 1 || lanes->c != 1 || lanes->extent < width / 2) return {};

  int side = complex ? 2 : 3;
  for (const ir::TileShape& tile : target.tiles)
    if (tile.kind == kind && tile.rows >= wide_tile_rows) side = 4;
  TileChoice choice;
  ir::Tiling& tiling = choice.tiling;
  tiling.rows = static_cast<int>(std::min<Extent>(side, m.extent));
  tiling.columns = static_cast<int>(std::min<Extent>(side, n.extent));
  const auto vectors_in = [&](std::int64_t bytes) { return std::max<Extent>(bytes / target.vector_bytes, 1); };
  const Extent near = vectors_in(target.l1_bytes / 2);
  tiling.k_block = std::min(k.extent, std::max<Extent>(near / (2 * side), 1));
  tiling.n_block = std::min(n.extent, std::max<Extent>(vectors_in(target.l2_bytes / 2) / tiling.k_block, side));
  const Extent together = m.extent * tiling.k_block + tiling.k_block * tiling.n_block;
  tiling.run = width * std::clamp<Extent>(near / together, 1, most_vectors);
  choice.reason = fmt::format("interleaved: batches lie side by side in all arrays, so each has a lane of a vector; {} batches at a time, {} x {} of each in registers",
                              std::min(tiling.run, lanes->extent), tiling.rows, tiling.columns);
  return choice;
}

}  // namespace einc::lower
