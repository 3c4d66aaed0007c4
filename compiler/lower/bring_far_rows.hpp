// bring_far_rows.hpp: rows of a that lie whole pages apart are brought beside each other, where many panels of b read them.
// "bqhc,bkhc->bhqk" with h 16 and c 64 in f32: rows of q are 4 KiB apart, and each tile brings its 14 rows of 64 once for all of k.
// Knows extents, strides and tiles; not kernels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

void bring_far_rows(Made& made, const ir::Target& target);

}  // namespace einc::lower
