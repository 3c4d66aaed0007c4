// sum_lone_labels: a label in one argument only, and not kept, is summed before anything is multiplied.
// "abc,cd->ad"   is   "abc->ac" and then "ac,cd->ad"
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <vector>

#include "simplify/simplify.hpp"

namespace einc::simplify {

ir::Expression sum_lone_labels(ir::Expression expression) {
  std::vector<ir::Value> values;
  std::vector<ir::ValueId> moved(expression.values.size());  // where each old value stands now
  for (std::size_t id = 0; id < expression.values.size(); ++id) {
    ir::Value value = expression.values[id];
    for (ir::ValueId& argument : value.arguments) argument = moved[argument];
    if (value.op == ir::Op::contract && value.arguments.size() > 1) {
      std::vector<int> uses(expression.extents.size(), 0);
      for (Label label : value.labels) ++uses[label];
      for (ir::ValueId argument : value.arguments)
        for (Label label : values[argument].labels) ++uses[label];
      for (ir::ValueId& argument : value.arguments) {
        ir::Term kept;
        for (Label label : values[argument].labels)
          if (uses[label] > 1) kept.push_back(label);
        if (kept.size() == values[argument].labels.size()) continue;
        ir::Value sum;
        sum.op = ir::Op::contract;
        sum.dtype = value.dtype;
        sum.labels = std::move(kept);
        sum.arguments = {argument};
        values.push_back(std::move(sum));
        argument = static_cast<ir::ValueId>(values.size() - 1);
      }
    }
    moved[id] = static_cast<ir::ValueId>(values.size());
    values.push_back(std::move(value));
  }
  expression.values = std::move(values);
  for (ir::Output& output : expression.outputs) output.value = moved[output.value];
  return expression;
}

}  // namespace einc::simplify
