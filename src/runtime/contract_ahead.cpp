// contract_ahead.cpp: what the tiles of a block ask for while they multiply: the next block of b, the next part of the sum, the next streamed tile.
// Knows sides and blocks; contract.cpp says when.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contraction.hpp"

namespace einc::runtime {

// The next part of the sum, or the columns after these up to `end`.
template <class T>
WalkAhead<T> Contraction<T>::next_block(const T* b, const Block& block, std::ptrdiff_t end) const {
  const bool deeper = block.depth.end < block.sum.end;
  const std::ptrdiff_t first = deeper ? block.columns.begin : block.columns.end, at = deeper ? block.depth.end : block.sum.begin;
  const Extent run = turns || n.loops.empty() ? tiling.run : n.loops.back().extent;
  return columns_ahead(n, k, b, {first, std::min(first + static_cast<std::ptrdiff_t>(tiling.n_block), end)}, static_cast<std::ptrdiff_t>(run),
                        {at, std::min(at + static_cast<std::ptrdiff_t>(tiling.k_block), block.sum.end)});
}

template <class T>
std::ptrdiff_t Contraction<T>::tiles_of(Range rows, Range columns) const {
  return RowTiles(rows.end - rows.begin, tile_rows(), row_unit).count * ((columns.end - columns.begin + tiling.columns - 1) / tiling.columns);
}

// b of the next streamed tile, evenly over the tiles of these rows.
template <class T>
WalksAhead<T> Contraction<T>::next_tile(Range rows) const {
  if (context.next_b == nullptr) return {};
  const Extent run = n.loops.empty() ? 1 : n.loops.back().extent;
  const WalkAhead<T> all = columns_ahead(n, k, context.next_b, {0, n.extent}, static_cast<std::ptrdiff_t>(run), {0, k.extent});
  WalksAhead<T> walks{all.part(static_cast<std::ptrdiff_t>(context.together), static_cast<std::ptrdiff_t>(context.rows_together))};
  walks.spread(tiles_of(rows, {0, n.extent}) * k.extent);
  return walks;
}

// Both operands over the next part of a long sum, evenly over the tiles of this one.
template <class T>
WalksAhead<T> Contraction<T>::next_part(const T* a, const T* b, const Block& block) const {
  if (block.depth.end >= block.sum.end) return {};
  const Range next{block.depth.end, std::min(block.depth.end + static_cast<std::ptrdiff_t>(tiling.k_block), block.sum.end)};
  WalksAhead<T> walks{rows_ahead(m, k, a, a_unit, block.rows, next), columns_ahead(n, k, b, block.columns, block.columns.end - block.columns.begin, next)};
  walks.spread(tiles_of(block.rows, block.columns) * (block.depth.end - block.depth.begin));
  return walks;
}

// What the tiles of this block ask for.
template <class T>
WalksAhead<T> Contraction<T>::look_ahead(const T* a, const T* b, const Block& block, std::ptrdiff_t end) const {
  switch (ahead) {
    case ir::Ahead::block: return {next_block(b, block, end)};
    case ir::Ahead::sum: return next_part(a, b, block);
    case ir::Ahead::next_tile: return next_tile(block.rows);
    case ir::Ahead::nothing: break;
  }
  return {};
}

#define EINC_INSTANTIATE(T) template WalksAhead<T> Contraction<T>::look_ahead(const T*, const T*, const Block&, std::ptrdiff_t) const;
EINC_FOR_EACH_TILED(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
