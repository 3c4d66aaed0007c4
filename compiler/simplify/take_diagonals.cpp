// take_diagonals: a label twice in one operand is one label with the strides added.   "iij->j"   reads as   "ij->j"
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>

#include "simplify/simplify.hpp"

namespace einc::simplify {

ir::Expression take_diagonals(ir::Expression expression) {
  for (ir::Value& value : expression.values) {
    if (value.op != ir::Op::operand) continue;
    ir::Term labels;
    Strides strides;
    for (std::size_t i = 0; i < value.labels.size(); ++i) {
      const auto found = std::find(labels.begin(), labels.end(), value.labels[i]);
      if (found == labels.end()) {
        labels.push_back(value.labels[i]);
        strides.push_back(value.strides[i]);
      } else {
        // Unsigned: of labels with at most one position strides may be anything, and their sum is of no use to anybody.
        Stride& sum = strides[static_cast<std::size_t>(found - labels.begin())];
        sum = static_cast<Stride>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(value.strides[i]));
      }
    }
    value.labels = std::move(labels);
    value.strides = std::move(strides);
  }
  return expression;
}

}  // namespace einc::simplify
