// choose_small.hpp: contractions of which each batch is a few register tiles, and what is made a loop over batches so that it is.
// Knows loops, extents and Target; no labels but those that loops carry along.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "lower/assign_roles.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {

// Loops in the order in which they are walked: those over batches first, and then at most one of m, n and k.
struct SmallChoice {
  std::vector<ir::Loop> loops;
  std::vector<Label> labels;
  TileChoice tiles;  // of complex numbers in numbers, not yet in parts
};

// Columns are adjacent in c. A small matrix that meets a larger array, in loops too many or too long, meets pieces of it, which become batches, where
// that is faster than to pack them; `spreads`: it may, as it may not inside a stream. Nothing when a contraction is not such.
std::optional<SmallChoice> choose_small(const Roles& roles, ir::NumberKind kind, const ir::Target& target, bool spreads = true);

}  // namespace einc::lower
