// SPDX-License-Identifier: BSD-3-Clause
#include "slicing/slice_labels.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <einc/element_types.hpp>
#include <einc/tensor_view.hpp>

#include "ir/rewrite.hpp"

namespace einc::slicing {
namespace {

// How a value meets a label that is cut.
enum class Meets : std::uint8_t {
  not_at_all,
  carries,  // has it: a part of the label gives a part of the value
  partial,  // has summed it: a part of the label gives a term of the value
  badly,
};

// Whether a view, an iota and the like speak of positions along the label.
bool counts_along(const ir::Value& value, Label label) {
  if (value.op == ir::Op::iota) return ir::contains(value.labels, label);
  if (value.op == ir::Op::concat && value.joined == label) return true;
  if (ir::contains(value.parts, label)) return true;
  return std::any_of(value.groups.begin(), value.groups.end(), [&](const ir::ViewGroup& group) { return ir::contains(group.from, label) || ir::contains(group.to, label); });
}

Meets meets(const ir::Value& value, Label label, const std::vector<Meets>& before) {
  const auto having = std::count(value.labels.begin(), value.labels.end(), label);
  if (having > 1 || counts_along(value, label)) return Meets::badly;
  std::size_t carrying = 0, partial = 0;
  for (const ir::ValueId argument : value.arguments) {
    if (before[argument] == Meets::badly) return Meets::badly;
    carrying += before[argument] == Meets::carries ? 1 : 0;
    partial += before[argument] == Meets::partial ? 1 : 0;
  }
  if (partial > 0) {
    const bool linear = value.op == ir::Op::contract || value.op == ir::Op::view;
    return linear && partial == 1 && carrying == 0 && having == 0 ? Meets::partial : Meets::badly;
  }
  if (having == 1) return Meets::carries;
  if (carrying == 0) return Meets::not_at_all;
  return value.op == ir::Op::contract ? Meets::partial : Meets::badly;
}

Cutting cut_of(const ir::Expression& expression, Label label, const std::vector<std::uint32_t>& uses) {
  for (const ir::Region& stream : expression.streams)
    if (stream.label == label || (!stream.across.empty() && stream.row == label)) return Cutting::never;
  std::vector<Meets> all(expression.values.size(), Meets::not_at_all);
  for (std::size_t id = 0; id < all.size(); ++id)
    if (uses[id] > 0) all[id] = meets(expression.values[id], label, all);
  Cutting cut = Cutting::never;
  for (const ir::Output& output : expression.outputs) {
    const auto having = std::count(output.labels.begin(), output.labels.end(), label);
    const Meets how = all[output.value];
    const Cutting here = how == Meets::carries && having == 1 ? Cutting::kept : how == Meets::partial && having == 0 ? Cutting::summed : Cutting::never;
    if (here == Cutting::never || (cut != Cutting::never && cut != here)) return Cutting::never;
    cut = here;
  }
  return cut;
}

// Labels along which two values step differently through one array.
std::vector<bool> find_disagreeing(const ir::Expression& expression) {
  std::vector<bool> disagree(expression.extents.size(), false);
  std::map<std::uint32_t, std::map<Label, Stride>> first;  // of each array, the steps of the first value that reads it
  for (const ir::Value& value : expression.values) {
    if (value.op != ir::Op::operand) continue;
    std::map<Label, Stride> steps;
    for (std::size_t i = 0; i < value.labels.size(); ++i) steps[value.labels[i]] += value.strides[i];
    const auto [known, is_new] = first.try_emplace(value.operand, steps);
    if (is_new) continue;
    for (const auto* one : {&known->second, &steps})
      for (const auto& [label, stride] : *one) {
        const auto step = [&](const std::map<Label, Stride>& of) { return of.contains(label) ? of.at(label) : 0; };
        if (step(known->second) != step(steps)) disagree[label] = true;
      }
  }
  return disagree;
}

bool is_empty(const ir::Expression& expression) {
  const auto has_zero = [&](const ir::Term& labels) { return std::any_of(labels.begin(), labels.end(), [&](Label label) { return expression.extents[label] == 0; }); };
  return std::any_of(expression.values.begin(), expression.values.end(), [&](const ir::Value& value) { return has_zero(value.labels); });
}

ir::Term distinct(const ir::Term& term) {
  ir::Term result;
  for (const Label label : term)
    if (!ir::contains(result, label)) result.push_back(label);
  return result;
}

Strides dense(const ir::Term& labels, const ir::Expression& expression) {
  Shape shape;
  for (const Label label : labels) shape.push_back(expression.extents[label]);
  return row_major(shape);
}

}  // namespace

std::vector<Cutting> cuts_of(const ir::Expression& expression) {
  std::vector<Cutting> cuts(expression.extents.size(), Cutting::never);
  if (is_empty(expression)) return cuts;
  const std::vector<std::uint32_t> uses = ir::count_uses(expression);
  const std::vector<bool> disagree = find_disagreeing(expression);
  std::vector<bool> used(cuts.size(), false);
  for (const ir::Value& value : expression.values)
    for (const Label label : value.labels) used[label] = true;
  for (Label label = 0; label < cuts.size(); ++label)
    if (used[label] && !disagree[label] && expression.extents[label] > 1) cuts[label] = cut_of(expression, label, uses);
  return cuts;
}

ir::Expression slice_labels(ir::Expression expression, std::vector<ir::Slice> slices) {
  std::stable_partition(slices.begin(), slices.end(), [](const ir::Slice& slice) { return !slice.summed; });
  for (const ir::Slice& slice : slices) expression.extents[slice.label] /= slice.parts;
  expression.slices = std::move(slices);
  return expression;
}

ir::Expression into_partials(ir::Expression expression) {
  for (ir::Output& output : expression.outputs) {
    output.labels = distinct(output.labels);
    output.strides = dense(output.labels, expression);
    output.dtype.reset();
  }
  return expression;
}

ir::Expression from_partials(const ir::Expression& expression) {
  ir::Expression result;
  result.extents = expression.extents;
  result.made_of = expression.made_of;
  result.arithmetic = expression.arithmetic;
  for (const ir::Output& output : expression.outputs) {
    ir::Value partial;
    partial.dtype = computed_in(expression.values[output.value].dtype);
    partial.labels = distinct(output.labels);
    partial.strides = dense(partial.labels, expression);
    partial.operand = static_cast<std::uint32_t>(result.values.size());
    result.outputs.push_back({static_cast<ir::ValueId>(result.values.size()), output.labels, output.strides, output.dtype});
    result.values.push_back(std::move(partial));
  }
  return result;
}

}  // namespace einc::slicing
