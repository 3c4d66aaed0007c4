// choose_tiles.hpp: the register tile and the cache blocks of one contraction, from its extents and the machine's caches.
// Knows extents and Target; no strides, no labels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ir/executable.hpp"
#include "ir/target.hpp"

namespace einc::lower {

// The product of the loop extents of each role; 1 where a role has no loop.
struct ContractExtents {
  Extent batch = 1, m = 1, n = 1, k = 1;
};

struct TileChoice {
  ir::Tiling tiling;
  std::int64_t scratch_bytes = 0;  // of one thread
  std::string reason;              // one line for explain(): which cache each block was made for
  bool operator==(const TileChoice&) const = default;
};

TileChoice choose_tiles(const ContractExtents& extents, DType dtype, const ir::Target& target);

}  // namespace einc::lower
