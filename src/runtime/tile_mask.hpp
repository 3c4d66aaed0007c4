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

}  // namespace einc::runtime
