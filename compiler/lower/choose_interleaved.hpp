// choose_interleaved.hpp: whether the batches of a contraction lie side by side, and the tile and blocks they are computed in.
// Knows loops and Target; no labels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "lower/choose_tiles.hpp"

namespace einc::lower {

// For contractions whose innermost loop over batches has stride 1 in all three arrays and fills most of a vector; nothing when
// these are not such.
std::optional<TileChoice> choose_interleaved(const std::vector<ir::Loop>& loops, ir::NumberKind kind, const ir::Target& target);

}  // namespace einc::lower
