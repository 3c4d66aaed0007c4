// split_labels: a label that some view splits or merges is its parts everywhere, so that the view has nothing left to do.
// "b s e" split into "b s h d" before a contraction   is   the contraction with e written as (h d) all along
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>

#include "ir/rewrite.hpp"
#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

struct Split {
  Label whole;
  ir::Term parts;
};

bool skips(const ir::ViewGroup& group) { return group.begin != 0 || group.step != 1; }

// Whether the whole may be its parts everywhere: nobody counts positions along it in a way that needs one label, and no
// value is computed from it and one of its parts.
bool may_split(const ir::Expression& expression, const Split& split) {
  const auto meets_part = [&](const ir::Term& labels) {
    return std::any_of(split.parts.begin(), split.parts.end(), [&](Label part) { return ir::contains(labels, part); });
  };
  for (const ir::Value& value : expression.values) {
    ir::Term loops = value.labels;  // of everything the value is computed from: there whole and part would be two loops
    if (value.op != ir::Op::view)
      for (ir::ValueId argument : value.arguments) loops = ir::unite(std::move(loops), expression.values[argument].labels);
    if (ir::contains(loops, split.whole) && meets_part(loops)) return false;
    if (value.op == ir::Op::concat && (value.joined == split.whole || ir::contains(value.parts, split.whole))) return false;
    if (value.op == ir::Op::gather && value.parts[0] == split.whole) return false;
    // A softmax along the whole stays a softmax along one label: streams need that.
    if (value.op == ir::Op::reduce && ir::contains(expression.values[value.arguments[0]].labels, split.whole) && !ir::contains(value.labels, split.whole)) return false;
    for (const ir::ViewGroup& group : value.groups)
      if ((skips(group) || (group.from.size() == 1 && group.to.size() == 1)) && (ir::contains(group.from, split.whole) || ir::contains(group.to, split.whole))) return false;
  }
  for (const ir::Output& output : expression.outputs)
    if (ir::contains(output.labels, split.whole) && meets_part(output.labels)) return false;
  return true;
}

std::optional<Split> find_split(const ir::Expression& expression, const std::vector<char>& refused) {
  for (const ir::Value& value : expression.values)
    for (const ir::ViewGroup& group : value.groups) {
      if (skips(group) || group.from.size() == group.to.size()) continue;
      for (const auto& [whole, parts] : {std::pair{&group.from, &group.to}, std::pair{&group.to, &group.from}})
        if (whole->size() == 1 && parts->size() > 1 && !refused[(*whole)[0]]) return Split{(*whole)[0], *parts};
    }
  return {};
}

void substitute(ir::Term& labels, Strides* strides, const Split& split, const std::vector<Extent>& extents) {
  const auto found = std::find(labels.begin(), labels.end(), split.whole);
  if (found == labels.end()) return;
  const auto at = found - labels.begin();
  labels.erase(found);
  labels.insert(labels.begin() + at, split.parts.begin(), split.parts.end());
  if (!strides || strides->empty()) return;
  Stride stride = (*strides)[static_cast<std::size_t>(at)];
  strides->erase(strides->begin() + at);
  Strides inner(split.parts.size());
  for (std::size_t i = split.parts.size(); i-- > 0;) inner[i] = stride, stride *= extents[split.parts[i]];
  strides->insert(strides->begin() + at, inner.begin(), inner.end());
}

// The position along the whole: the positions along the parts, each times the extents of those inside it.
void split_iota(ir::Expression& expression, ir::ValueId id, const Split& split) {
  const DType dtype = expression.values[id].dtype;
  ir::ValueId sum = ir::no_id;
  for (Label part : split.parts) {
    ir::Value iota;
    iota.op = ir::Op::iota;
    iota.dtype = dtype;
    iota.labels = {part};
    const ir::ValueId position = ir::add(expression, std::move(iota));
    if (sum == ir::no_id) {
      sum = position;
      continue;
    }
    const ir::ValueId extent = ir::add_constant(expression, static_cast<double>(expression.extents[part]), dtype);
    sum = ir::add_map(expression, ir::Function::add, {ir::add_map(expression, ir::Function::multiply, {sum, extent}), position});
  }
  expression.values[id] = expression.values[sum];
}

}  // namespace

ir::Expression split_labels(ir::Expression expression) {
  std::vector<char> refused(expression.extents.size(), 0);
  bool changed = false;
  while (const std::optional<Split> split = find_split(expression, refused)) {
    if (!may_split(expression, *split)) {
      refused[split->whole] = 1;
      continue;
    }
    changed = true;
    const std::size_t count = expression.values.size();
    for (ir::ValueId id = 0; id < count; ++id) {
      ir::Value& value = expression.values[id];
      if (value.op == ir::Op::iota && value.labels[0] == split->whole) {
        split_iota(expression, id, *split);
        continue;
      }
      substitute(value.labels, value.op == ir::Op::operand ? &value.strides : nullptr, *split, expression.extents);
      for (ir::ViewGroup& group : value.groups) {
        substitute(group.from, nullptr, *split, expression.extents);
        substitute(group.to, nullptr, *split, expression.extents);
      }
      std::erase_if(value.groups, [](const ir::ViewGroup& group) { return group.from == group.to && !skips(group); });
    }
    for (ir::Output& output : expression.outputs) substitute(output.labels, &output.strides, *split, expression.extents);
  }
  return changed ? ir::compact(std::move(expression)) : expression;
}

}  // namespace einc::simplify
