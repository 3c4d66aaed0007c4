// bring_far_rows.hpp: rows of a that lie whole pages apart are brought beside each other where many panels of b read them; else a tile has fewer.
// "bqhc,bkhc->bhqk" with h 16 and c 64 in f32: rows of q are 4 KiB apart, and each tile brings its 14 rows of 64 once for all of k.
// Knows extents, strides and tiles; not kernels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// Fewer panels cost less to read in place.
constexpr Extent least_far_panels = 4;

// Whether rows so many elements apart lie whole pages apart: the same positions of such are in one set of the first-level cache.
constexpr bool are_pages_apart(Stride elements, DType dtype) { return elements != 0 && elements * static_cast<Stride>(bytes_of(dtype)) % ir::page_bytes == 0; }

void bring_far_rows(Made& made, const ir::Target& target);

}  // namespace einc::lower
