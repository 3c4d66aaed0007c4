// symmetric.hpp: a contraction of an array with itself: the result is its own transpose, so blocks below the diagonal are mirrored.
// Knows arrays; not instructions, nor when it pays.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/expression.hpp"
#include "lower/assign_roles.hpp"

namespace einc::lower {

// Labels of lhs and rhs that exchange their places in the transposed result. The first pair is the one that is cut into blocks.
using Exchange = std::vector<std::pair<Label, Label>>;
std::optional<Exchange> exchange_of(const Strided& lhs, const Strided& rhs, std::span<const Extent> extents);

// Rows of a block begin here; its columns begin at the same position and go on to the end.
struct BlockOfRows {
  Extent begin, rows;
};
std::vector<BlockOfRows> blocks_of_rows(Extent extent, std::uint32_t blocks);

// Where everything lies. `whole` gets the blocks, `out` what is below the diagonal, or all of it when that is another array.
struct Symmetric {
  const Strided &lhs, &rhs, &whole, &out;
  const Exchange& exchange;
  std::uint32_t blocks;
};
// One product, or, without rhs, one copy, with these extents.
struct SymmetricPart {
  Strided lhs;
  std::optional<Strided> rhs;
  Strided out;
  std::vector<Extent> extents;
  std::string note;  // for explain(): behind the reason of a product, instead of that of a copy
};
std::vector<SymmetricPart> make_symmetric(const Symmetric& symmetric, std::span<const Extent> extents);

}  // namespace einc::lower
