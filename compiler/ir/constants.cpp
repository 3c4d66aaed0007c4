// SPDX-License-Identifier: BSD-3-Clause
#include "ir/constants.hpp"

#include <algorithm>

namespace einc::ir {

std::vector<bool> constant_values(const Expression& expression) {
  const auto is_cut = [&](const Term& labels) {
    return std::any_of(expression.slices.begin(), expression.slices.end(), [&](const Slice& slice) { return std::find(labels.begin(), labels.end(), slice.label) != labels.end(); });
  };
  const auto reads_nothing = [&](ValueId value) { return expression.values[value].op == Op::constant || expression.values[value].op == Op::iota; };
  std::vector<bool> constant(expression.values.size(), false), fixed(expression.values.size(), false);  // fixed: also what reads nothing
  for (ValueId id = 0; id < expression.values.size(); ++id) {
    const Value& value = expression.values[id];
    if (is_cut(value.labels)) continue;
    if (value.op == Op::operand) constant[id] = value.constant;
    const auto is_fixed = [&](ValueId argument) { return fixed[argument]; };
    if (std::all_of(value.arguments.begin(), value.arguments.end(), is_fixed))
      constant[id] = constant[id] || std::any_of(value.arguments.begin(), value.arguments.end(), [&](ValueId argument) { return constant[argument]; });
    fixed[id] = constant[id] || reads_nothing(id) || (!value.arguments.empty() && std::all_of(value.arguments.begin(), value.arguments.end(), is_fixed));
  }
  return constant;
}

}  // namespace einc::ir
