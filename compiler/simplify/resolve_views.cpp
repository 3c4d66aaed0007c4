// resolve_views: a view of an operand is an operand with other strides, and a view that changes nothing is its argument.
// Where a contraction reads a renamed value, the others take its names: "ij,jc->ic" of w read as i j   is   "qk,kc->qc" renamed
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <optional>

#include "ir/rewrite.hpp"
#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

bool skips(const ir::ViewGroup& group) { return group.begin != 0 || group.step != 1; }
// Every position keeps its number; a cut may leave out the last ones.
bool keeps_numbers(const ir::Value& view) {
  return view.op == ir::Op::view && std::all_of(view.groups.begin(), view.groups.end(), [](const ir::ViewGroup& group) {
           return !skips(group) && group.from.size() == 1 && group.to.size() == 1;
         });
}
// All positions are there, under another name.
bool renames(const ir::Expression& expression, const ir::Value& view) {
  return keeps_numbers(view) && std::all_of(view.groups.begin(), view.groups.end(), [&](const ir::ViewGroup& group) {
           return expression.extents[group.from[0]] == expression.extents[group.to[0]];
         });
}

// The view of an operand as an operand; nothing where strides cannot say it.
std::optional<ir::Value> view_operand(const ir::Value& operand, const ir::Value& view, const std::vector<Extent>& extents) {
  ir::Value result = operand;
  std::vector<Strides> taken;
  for (const ir::ViewGroup& group : view.groups) {
    Strides strides;
    for (Label label : group.from) {
      const auto found = std::find(result.labels.begin(), result.labels.end(), label);
      if (found == result.labels.end()) return {};
      const auto at = found - result.labels.begin();
      strides.push_back(result.strides[static_cast<std::size_t>(at)]);
      result.labels.erase(found);
      result.strides.erase(result.strides.begin() + at);
    }
    taken.push_back(std::move(strides));
  }
  for (std::size_t i = 0; i < view.groups.size(); ++i) {
    const ir::ViewGroup& group = view.groups[i];
    const Strides& strides = taken[i];
    if (skips(group)) result.offset += group.begin * strides[0];
    for (std::size_t at = 0; at + 1 < group.from.size(); ++at)
      if (strides[at] != extents[group.from[at + 1]] * strides[at + 1]) return {};
    Stride stride = strides.empty() ? 0 : strides.back() * group.step;
    for (auto label = group.to.rbegin(); label != group.to.rend(); ++label) {
      result.labels.push_back(*label);
      result.strides.push_back(stride);
      stride *= extents[*label];
    }
  }
  // In the view's order, so that what is printed and fused follows the text; a label twice is a diagonal.
  ir::Value ordered = operand;
  ordered.offset = result.offset;
  ordered.labels = view.labels;
  ordered.strides.assign(view.labels.size(), 0);
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    const auto at = std::find(view.labels.begin(), view.labels.end(), result.labels[i]) - view.labels.begin();
    ordered.strides[static_cast<std::size_t>(at)] += result.strides[i];
  }
  return ordered;
}

ir::Term rename(const ir::Term& labels, const std::map<Label, Label>& names) {
  ir::Term result;
  for (Label label : labels) {
    const auto found = names.find(label);
    result.push_back(found == names.end() ? label : found->second);
  }
  return result;
}
bool distinct(ir::Term labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) == labels.end();
}

ir::ValueId add_rename(ir::Expression& expression, ir::ValueId argument, const std::map<Label, Label>& names) {
  ir::Value view;
  view.op = ir::Op::view;
  view.dtype = ir::computed_type(expression);
  view.arguments = {argument};
  for (Label label : expression.values[argument].labels)
    if (const auto found = names.find(label); found != names.end() && found->second != label) view.groups.push_back({{label}, {found->second}});
  if (view.groups.empty()) return argument;
  view.labels = rename(expression.values[argument].labels, names);
  return ir::add(expression, std::move(view));
}

// Whether fewer elements of computed values stand under other names once argument i is read under its own. Without this two
// arguments could take turns for ever.
bool renames_less(const ir::Expression& expression, const std::vector<ir::ValueId>& arguments, std::size_t i, const std::map<Label, Label>& back) {
  double before = 0, after = 0;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const ir::Value& value = expression.values[arguments[at]];
    const bool view = renames(expression, value);
    if (expression.values[view ? value.arguments[0] : arguments[at]].op == ir::Op::operand) continue;
    const double size = ir::elements(value.labels, expression.extents);
    if (view) before += size;
    if (at != i && (view || rename(value.labels, back) != value.labels)) after += size;
  }
  return after < before;
}

// A contraction of a renamed value takes the value's own names, if they do not meet others there.
bool take_names(ir::Expression& expression, ir::ValueId id) {
  for (std::size_t i = 0; i < expression.values[id].arguments.size(); ++i) {
    const ir::Value& view = expression.values[expression.values[id].arguments[i]];
    if (!renames(expression, view) || expression.values[view.arguments[0]].op == ir::Op::operand) continue;
    std::map<Label, Label> back, forth;
    for (const ir::ViewGroup& group : view.groups) back[group.to[0]] = group.from[0], forth[group.from[0]] = group.to[0];
    if (back.size() != view.groups.size() || view.labels.size() != expression.values[view.arguments[0]].labels.size()) continue;  // a diagonal
    const std::vector<ir::ValueId> arguments = expression.values[id].arguments;
    bool free = distinct(rename(expression.values[id].labels, back));
    for (ir::ValueId argument : arguments) free = free && distinct(rename(expression.values[argument].labels, back));
    // The others can take a name at no cost when they are operands or renamed already. Were one to be renamed for the sake of
    // another, that one could be again for the sake of the first, without end.
    for (ir::ValueId argument : arguments) {
      const ir::Value& other = expression.values[argument];
      const bool named = std::any_of(other.labels.begin(), other.labels.end(), [&](Label label) { return back.contains(label); });
      free = free && (!named || other.op == ir::Op::operand || other.op == ir::Op::iota || renames(expression, other));
    }
    // A name that comes back must not stand for something else among the labels that stay.
    for (ir::ValueId argument : arguments)
      for (Label label : expression.values[argument].labels)
        if (!back.contains(label) && forth.contains(label)) free = false;
    if (!free || !renames_less(expression, arguments, i, back)) continue;
    const ir::ValueId source = view.arguments[0];
    ir::Value contract = expression.values[id];
    contract.labels = rename(contract.labels, back);
    for (std::size_t other = 0; other < arguments.size(); ++other) contract.arguments[other] = other == i ? source : add_rename(expression, arguments[other], back);
    const ir::Term wanted = expression.values[id].labels;
    const ir::ValueId made = ir::add(expression, std::move(contract));
    ir::Value renamed;
    renamed.op = ir::Op::view;
    renamed.dtype = expression.values[made].dtype;
    renamed.arguments = {made};
    renamed.labels = wanted;
    for (Label label : wanted)
      if (const auto found = back.find(label); found != back.end()) renamed.groups.push_back({{found->second}, {label}});
    expression.values[id] = std::move(renamed);
    return true;
  }
  return false;
}

}  // namespace

ir::Expression resolve_views(ir::Expression expression) {
  const bool any = std::any_of(expression.values.begin(), expression.values.end(), [](const ir::Value& value) { return value.op == ir::Op::view; });
  if (!any) return expression;
  std::vector<ir::ValueId> by;
  for (bool changed = true; changed;) {
    changed = false;
    for (ir::ValueId id = 0; id < expression.values.size(); ++id) {
      if (expression.values[id].op == ir::Op::contract) {
        changed = take_names(expression, id) || changed;
        continue;
      }
      if (expression.values[id].op != ir::Op::view) continue;
      ir::Value view = expression.values[id];
      const ir::Value argument = expression.values[view.arguments[0]];
      if (argument.op == ir::Op::operand && argument.labels.size() == argument.strides.size()) {
        if (std::optional<ir::Value> operand = view_operand(argument, view, expression.extents)) {
          expression.values[id] = std::move(*operand);
          changed = true;
        }
      } else if (argument.op == ir::Op::iota && keeps_numbers(view)) {
        expression.values[id] = argument;
        expression.values[id].labels = view.labels;
        changed = true;
      } else if (argument.op == ir::Op::view && renames(expression, argument) && renames(expression, view)) {  // two renames are one
        std::map<Label, Label> first;
        for (const ir::ViewGroup& group : argument.groups) first[group.from[0]] = group.to[0];
        std::map<Label, Label> second;
        for (const ir::ViewGroup& group : view.groups) second[group.from[0]] = group.to[0];
        view.groups.clear();
        for (Label label : expression.values[argument.arguments[0]].labels) {
          const Label middle = first.contains(label) ? first[label] : label, last = second.contains(middle) ? second[middle] : middle;
          if (last != label) view.groups.push_back({{label}, {last}});
        }
        view.arguments = argument.arguments;
        expression.values[id] = std::move(view);
        changed = true;
      }
    }
    by.resize(expression.values.size());
    for (ir::ValueId id = 0; id < by.size(); ++id) {
      const ir::Value& value = expression.values[id];
      by[id] = value.op == ir::Op::view && value.groups.empty() ? value.arguments[0] : id;
    }
    ir::replace(expression, by);
    expression = ir::compact(std::move(expression));
  }
  return expression;
}

}  // namespace einc::simplify
