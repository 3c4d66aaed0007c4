// constants.hpp: which values of an expression are made of constants alone, so that they can be computed before any call.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/expression.hpp"

namespace einc::ir {

// Of every value: whether it reads a constant operand, and otherwise numbers and positions alone. Of a sliced expression it must also be
// the same for all slices: what varies along a label that is cut is not constant.
std::vector<bool> constant_values(const Expression& expression);

}  // namespace einc::ir
