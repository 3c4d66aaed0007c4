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

// The condition of a mask whose code is select(condition, scores, -inf), over the same arguments; `out` are the labels of the scores in a
// tile of `extents`, the last of the frame is streamed.
ir::TileMask tile_mask(const ir::ScalarCode& code, std::span<const MapSource> arguments, const ir::Term& out, std::span<const Extent> extents, Frame frame);

}  // namespace einc::lower
