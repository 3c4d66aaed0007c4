// few_rows: a contraction with few rows reads what they meet along a stream once, where it lies, and packs nothing.
// "hqc,khc->hqk" with 32 q or fewer   is   batch h, m q, n k, k c of the kernel `few`
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>

#include "lower/make_instruction.hpp"

namespace einc::lower {

struct FewRows {
  bool swapped = false;  // the rows are those of rhs
  bool across = false;   // the features are summed; else the positions are
  Label feature = 0;     // neighbours in memory
  bool operator==(const FewRows&) const = default;
};

// Whether the kernel takes lhs * rhs into `out`, a tile: `most` rows or fewer, one label of features with neighbours, and an array with
// positions along `streamed` that no tile holds.
std::optional<FewRows> few_rows(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, Label streamed, ir::NumberKind kind,
                                Extent most = ir::most_few_rows);

// The instruction, for extents of a shorter tile too.
ir::Instruction make_few(const FewRows& few, const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, Label streamed,
                         ir::NumberKind kind, Frame frame);

}  // namespace einc::lower
