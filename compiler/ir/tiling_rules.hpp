// tiling_rules.hpp: whether the tiles, blocks, runs and slices of a contraction agree with its loops.
// Knows one instruction; not the buffers around it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ir/executable.hpp"

namespace einc::ir {

// What is wrong with the tiling of a contraction; empty: nothing, or a kernel that has no tiles.
std::string tiling_fault(const Instruction& instruction);

// Elements of c that one slice of a contraction writes: its results.
Extent slice_elements(const Instruction& instruction);

}  // namespace einc::ir
