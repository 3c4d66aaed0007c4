// mask_bounds: what decides whether a tile is hidden, and the comparisons of positions a mask is made of, as limits of every row.
// "less_equal(k, q)": of row q all k up to q; "logical_and" of several: all of them
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "ir/executable.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// `visible` over inputs whose last stride is the one along the streamed loop. Empty where it is anything else.
std::vector<ir::MaskBound> mask_bounds(const ir::ScalarCode& visible, const std::vector<ir::MapInput>& inputs);

// What decides whether a tile is hidden: the condition of a mask, a select of `code` over `sources` whose result has these labels.
ir::TileMask tile_mask(const ir::ScalarCode& code, const std::vector<MapSource>& sources, const ir::Term& labels, std::span<const Extent> extents, Frame frame);

}  // namespace einc::lower
