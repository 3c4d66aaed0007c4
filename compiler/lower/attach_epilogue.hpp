// attach_epilogue: a contraction and the map that alone reads it become one instruction: the map runs over blocks of the
// contraction that are still in cache. "relu(x W + b)" writes its result once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

inline constexpr std::size_t no_map = ~std::size_t{0};

// The map step that may follow contraction `step` of two values block by block: it alone reads it, has the same labels, and
// whatever else it reads is there before the contraction. no_map: there is none.
std::size_t map_behind(const ir::Expression& expression, const ir::Plan& plan, std::size_t step);

// What one argument of the map is; nothing: the contraction itself.
using EpilogueSource = std::optional<MapSource>;

// out = code of lhs * rhs summed and of the other sources. Nothing when the contraction would not go block by block: small and
// one-sided ones have no blocks that would leave the cache. The caller finds a place for the map and writes it into the
// instruction's `epilogue`.
std::optional<MadeMap> attach_epilogue(const Strided& lhs, const Strided& rhs, const Strided& out, const std::vector<EpilogueSource>& sources,
                                       ir::ScalarCode code, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target);

}  // namespace einc::lower
