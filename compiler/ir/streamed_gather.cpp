// SPDX-License-Identifier: BSD-3-Clause
#include "ir/streamed_gather.hpp"

#include "ir/rewrite.hpp"

namespace einc::ir {

std::optional<StreamedGather> streamed_gather(const Expression& expression, ValueId id, Label label) {
  const Value& value = expression.values[id];
  StreamedGather found{id, label, {}, 1};
  if (value.op == Op::view) {
    if (value.groups.size() != 1) return {};
    const ViewGroup& group = value.groups[0];
    if (group.to != Term{label} || group.begin != 0 || group.step != 1) return {};
    found.gather = value.arguments[0];
    Term from;  // labels of one position may be gone everywhere else
    Extent positions = 1;
    for (Label part : group.from) {
      positions *= expression.extents[part];
      if (expression.extents[part] != 1 || contains(expression.values[found.gather].labels, part)) from.push_back(part);
    }
    if (from.empty() || from.size() > 2 || positions != expression.extents[label]) return {};
    found.entry = from[0];
    if (from.size() == 2) found.slot = from[1], found.block = expression.extents[from[1]];
  }
  const Value& gather = expression.values[found.gather];
  if (gather.op != Op::gather) return {};
  for (ValueId argument : gather.arguments)  // positions and numbers are no arrays
    if (expression.values[argument].op == Op::iota || expression.values[argument].op == Op::constant) return {};
  const Term &table = expression.values[gather.arguments[0]].labels, &index = expression.values[gather.arguments[1]].labels;
  if (!contains(index, found.entry) || contains(table, found.entry)) return {};
  if (found.slot && (contains(index, *found.slot) || !contains(table, *found.slot) || *found.slot == gather.parts[0])) return {};
  if (contains(table, label) || (found.entry != label && contains(index, label)) || found.block < 1) return {};
  return found;
}

}  // namespace einc::ir
