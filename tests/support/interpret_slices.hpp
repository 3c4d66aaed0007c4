// interpret_slices.hpp: the meaning of a sliced expression: every part interpreted by itself, added up or put in its place.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "support/interpret.hpp"

namespace einc::testing {

// Every output, dense and row-major over the whole extents of its labels.
inline std::vector<std::vector<double>> interpret_slices(const ir::Expression& expression, const std::vector<std::vector<double>>& operands) {
  std::vector<Extent> whole = expression.extents;
  for (const ir::Slice& slice : expression.slices) whole[slice.label] *= slice.parts;
  std::vector<std::vector<double>> results;
  for (const ir::Output& output : expression.outputs) {
    std::size_t count = 1;
    for (const Label label : output.labels) count *= static_cast<std::size_t>(whole[label]);
    results.emplace_back(count, 0.0);
  }
  std::vector<Extent> part(expression.slices.size(), 0);
  for (bool more = true; more;) {
    ir::Expression one = expression;
    std::vector<Extent> begin(expression.extents.size(), 0);
    for (std::size_t i = 0; i < part.size(); ++i) begin[expression.slices[i].label] = part[i] * expression.extents[expression.slices[i].label];
    for (ir::Value& value : one.values)
      if (value.op == ir::Op::operand)
        for (std::size_t i = 0; i < value.labels.size(); ++i) value.offset += value.strides[i] * begin[value.labels[i]];
    const std::vector<std::vector<double>> found = interpret(one, operands);
    for (std::size_t number = 0; number < found.size(); ++number) {
      const ir::Term& labels = expression.outputs[number].labels;
      std::vector<Extent> position(labels.size(), 0);
      for (const double value : found[number]) {
        std::size_t at = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) at = at * static_cast<std::size_t>(whole[labels[i]]) + static_cast<std::size_t>(begin[labels[i]] + position[i]);
        results[number][at] += value;
        for (std::size_t i = labels.size(); i-- > 0 && ++position[i] == expression.extents[labels[i]];) position[i] = 0;
      }
    }
    std::size_t i = part.size();
    while (i > 0 && ++part[i - 1] == expression.slices[i - 1].parts) part[--i] = 0;
    more = i > 0;
  }
  return results;
}

}  // namespace einc::testing
