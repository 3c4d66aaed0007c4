// choose_tiles.hpp: the register tile and the cache blocks of one contraction, from its extents and the machine's caches.
// Knows extents and Target; no labels, and of strides only whether columns are adjacent.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/executable.hpp"
#include "ir/target.hpp"

namespace einc::lower {

constexpr Extent round_up(Extent value, Extent unit) { return (value + unit - 1) / unit * unit; }

// The product of the loop extents of each role; 1 where a role has no loop.
struct ContractExtents {
  Extent batch = 1, m = 1, n = 1, k = 1;
};
ContractExtents extents_by_role(const std::vector<ir::Loop>& loops);

struct TileChoice {
  ir::Tiling tiling;
  std::int64_t scratch_bytes = 0;  // of one thread
  std::string reason;              // one line for explain()
  bool operator==(const TileChoice&) const = default;
};

// The register tile of the target; of complex numbers in numbers.
ir::TileShape widest_tile(ir::NumberKind kind, const ir::Target& target);

// One line for explain(): which cache each block was made for.
std::string reason_of(const ir::Tiling& tiling, DType dtype, const ir::Target& target);

// What panels hold: numbers, or with the target's tile for it bytes in quads, bf16 in duos.
enum class PackedForm { numbers, quads, duos };

// Blocks of m, n and k for caches: for contractions of any size.
TileChoice choose_tiles(const ContractExtents& extents, ir::NumberKind kind, const ir::Target& target, PackedForm form = PackedForm::numbers);

}  // namespace einc::lower
