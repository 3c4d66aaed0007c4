// flatten.hpp: cuts an Expression into contractions of many values, as large as the algebra allows.
// Knows who uses which value; not extents' costs, orders or steps.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/expression.hpp"

namespace einc::plan {

// The sum of products of `arguments` over the labels that `labels` does not have.
struct Unit {
  ir::ValueId value = 0;                // what it computes, in the expression
  std::vector<ir::ValueId> arguments;   // operands and earlier units, in the order of the text
  ir::Term labels;
  bool operator==(const Unit&) const = default;
};

// The units that `value` needs, arguments first, `value` last; none when it is an operand.
//   "ab,bc->ac" used once by "ac,cd->ad"   is the one unit   "ab,bc,cd->ad"
std::vector<Unit> flatten(const ir::Expression& expression, ir::ValueId value);

}  // namespace einc::plan
