// group_columns: the columns of a contraction in another order, when those that are neighbours in the result lie far apart in b.
// "adb,cd->cba": a panel along a takes one element of each line of b, so panels for several b are packed at once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// Splits and reorders the loops of n so that the innermost runs along c, the one around it along b, and packed groups of both
// fit the caches. Leaves alone what is not such a contraction of floats. Only where no map counts its positions along the loops.
void group_columns(Made& made, ir::NumberKind kind, const ir::Target& target);

}  // namespace einc::lower
