// join_positions: the sum or difference of two positions, or of a position and a whole number, is a position with other strides.
// subtract(position of k, position of q) -> one input that steps by 1 along k and by -1 along q
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/scalar_code.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// What a map reads and what it computes of it.
struct MapParts {
  std::vector<MapSource> inputs;
  ir::ScalarCode code;
};

// Other maps than those in f32 and f64, where positions are exact, stay as they are.
MapParts join_positions(MapParts map, DType dtype);

}  // namespace einc::lower
