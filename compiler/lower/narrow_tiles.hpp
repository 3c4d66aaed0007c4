// narrow_tiles: which instructions of a tile that a mask hides in part leave out what it hides, row by row.
// "scores, causal mask, weights, values": scores up to the last key that one of the rows sees, weights of those, sums over those
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/executable.hpp"

namespace einc::lower {

// Of each instruction of a tile, whose mask and maps these are. Empty where the mask is no limits of rows, or something else than the
// weights sees what it hides.
std::vector<ir::Narrow> narrow_tiles(const ir::StreamVariant& variant, const std::vector<ir::Map>& maps);

}  // namespace einc::lower
