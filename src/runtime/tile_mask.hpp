// tile_mask.hpp: what a mask says of a whole tile: all hidden, all visible, or some of each.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "runtime/instruction_context.hpp"

namespace einc::runtime {

enum class Sight { hidden, visible, partial };

// By intervals: what it says of a tile holds for every element; `partial` also where it cannot tell. `extents` are those of
// this tile, `sources` where the inputs of the mask begin for it.
template <class T>
Sight sight_through(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources) noexcept;

// What each row of a tile sees within the bounds of a mask, of at most ir::most_narrow_rows rows.
template <class T>
void find_limits(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources, RowLimits& limits) noexcept;

// Writes -inf over the scores that the bounds of a mask hide. Scores lie row by row, as far apart as the last extent of the mask.
template <class T>
void hide_beyond(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources, const kernels::KernelTable& table, T* scores) noexcept;

}  // namespace einc::runtime
