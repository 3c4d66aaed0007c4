// slice_sums: a long sum with few results is cut into slices. Each has results of its own; they are added up afterwards, in a fixed order.
// "ki,kj->ij" with k = 1000000 and 32 rows and columns is three tiles, too few to share: 64 slices of 15632 positions are tasks for many threads.
// Knows extents, tiles and caches; not how many threads there are, so the bits of a result do not depend on it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "lower/make_instruction.hpp"

namespace einc::lower {

// Into how many slices the sum of a contraction is cut; 1: not at all. Enough for many threads, each worth their start, and results that stay
// in the second-level cache until they are added up.
int slices_of_sum(const ir::Instruction& contraction, const ir::Target& target);

// Blocks of a long sum over columns of both operands, so short that all tiles meet them in a cache: few columns, read in place, in half of the first
// level or an eighth of the second; packed ones in a quarter of the second. Tiles ask for the next part of the sum while they multiply this one.
void shorten_blocks(Made& made, const ir::Target& target);

// Cuts a contraction whose c is dense and lies in the arena, with room for so many of it.
void slice_sum(Made& made, int slices, const ir::Target& target);

}  // namespace einc::lower
