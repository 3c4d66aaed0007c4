// drop_unit_labels: extent 1 moves no data.   "abc,cd->abd" with b = 1   is   "ac,cd->ad"
// SPDX-License-Identifier: BSD-3-Clause
#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

// Erases the labels of extent 1 from a term, and the strides beside them.
void drop(ir::Term& labels, Strides& strides, const std::vector<Extent>& extents) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (extents[labels[i]] == 1) continue;
    labels[kept] = labels[i];
    if (!strides.empty()) strides[kept] = strides[i];
    ++kept;
  }
  labels.resize(kept);
  if (!strides.empty()) strides.resize(kept);
}

}  // namespace

ir::Expression drop_unit_labels(ir::Expression expression) {
  const std::vector<Extent>& extents = expression.extents;
  Strides none;
  for (ir::Value& value : expression.values) {
    drop(value.labels, value.strides, extents);
    if (value.op == ir::Op::iota && value.labels.empty()) value.op = ir::Op::constant, value.number = 0;  // the only position
    for (ir::ViewGroup& group : value.groups) {
      const bool skips = group.begin != 0 || group.step != 1;
      if (skips && extents[group.from[0]] == 1) group.begin = 0, group.step = 1;
      if (!skips || extents[group.from[0]] == 1) drop(group.from, none, extents);
      drop(group.to, none, extents);
    }
    std::erase_if(value.groups, [](const ir::ViewGroup& group) { return group.from.empty() && group.to.empty(); });
  }
  for (ir::Output& output : expression.outputs) drop(output.labels, output.strides, extents);
  return expression;
}

}  // namespace einc::simplify
