// arrange_loops: the loops of a contraction in an order in which packing reads whole cache lines and panels end where rows of the result do.
// "adb,cd->cba": a panel along a takes one element of each line of b, so panels for several b are packed at once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// Splits and reorders loops of n and k of a contraction of floats, and makes its blocks anew; leaves all others alone.
// Only for contractions without a map behind them: it would count positions along the loops.
void arrange_loops(Made& made, ir::NumberKind kind, const ir::Target& target);

}  // namespace einc::lower
