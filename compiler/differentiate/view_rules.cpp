// view_rules.cpp: what reads positions another way hands cotangents back the other way round. What was read from nowhere in
// particular (slices, parts of a concatenation) is found by position, since a program does not know its extents yet.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "differentiate/products.hpp"
#include "differentiate/sweep.hpp"

namespace einc::differentiate {

using ir::holds, ir::NamedGroup, ir::NamedTerm, ir::Node, ir::NodeId, ir::written;

namespace {

bool holds_any(const NamedTerm& labels, const NamedTerm& some) {
  return std::any_of(some.begin(), some.end(), [&](const std::string& label) { return holds(labels, label); });
}

// Several groups at once: what was merged gets names of nobody first, so that no name is there twice on the way.
Tensor undo_many(Sweep& sweep, Tensor x, const std::vector<NamedGroup>& groups) {
  std::vector<std::pair<std::string, NamedTerm>> becomes;
  for (const NamedGroup& group : groups) {
    std::string whole = group.to[0];
    if (group.to.size() > 1) {
      whole = sweep.fresh_label();
      x = merge(x, written(group.to), whole);
    }
    becomes.emplace_back(whole, group.from);
  }
  std::string left, right;
  for (const std::string& label : x.labels()) {
    const auto found = std::find_if(becomes.begin(), becomes.end(), [&](const auto& one) { return one.first == label; });
    const NamedTerm parts = found == becomes.end() ? NamedTerm{label} : found->second;
    left += parts.size() == 1 ? written(parts) : "(" + written(parts) + ")";
    right += written(parts);
  }
  return rearrange(left + "->" + right, x);
}

// `table` at positions of `label` that a tensor gives, 0 where it gives none.
Tensor at_positions(const Tensor& table, const std::string& label, const Tensor& positions) { return gather(table, label, positions); }

}  // namespace

void view_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const Node node = sweep.node(id);
  const NodeId argument = node.arguments[0];
  std::vector<NamedGroup> groups;  // those whose positions the cotangent varies along
  NamedTerm all = cotangent.labels();
  for (const NamedGroup& group : node.groups) {
    if (!holds_any(cotangent.labels(), group.to)) continue;
    groups.push_back(group);
    for (const std::string& label : group.to)
      if (!holds(all, label)) all.push_back(label);
  }
  if (groups.empty()) return sweep.give(argument, cotangent);
  const Tensor x = with_labels(sweep.program(), cotangent, all);
  if (groups.size() > 1) return sweep.give(argument, undo_many(sweep, x, groups));
  const NamedTerm &from = groups[0].from, &to = groups[0].to;
  if (to.size() > 1) return sweep.give(argument, merge(x, written(to), written(from)));
  if (from.size() > 1) return sweep.give(argument, split(x, written(to), written(from)));
  sweep.give(argument, rename(x, written(to), written(from)));
}

// Position p of the argument was read as position (p - begin) / step, if that is whole; past the last one, gather finds nothing.
void slice_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const Node node = sweep.node(id);
  Program& program = sweep.program();
  const NamedTerm before = sweep.labels(node.arguments[0]);
  const std::string part = node.labels[static_cast<std::size_t>(std::find(before.begin(), before.end(), node.label) - before.begin())];
  NamedTerm all = cotangent.labels();
  if (!holds(all, part)) all.push_back(part);
  const Tensor begin = node.begin >= 0 ? Tensor(static_cast<double>(node.begin)) : max(program.extent(node.label) + static_cast<double>(node.begin), 0.0);
  Tensor position = program.iota(node.label) - begin;
  if (node.step > 1) {
    const auto step = static_cast<double>(node.step);
    const Tensor from_begin = position;
    position = floor((from_begin + 0.5) / step);
    position = where(position * step == from_begin, position, -1.0);
  }
  sweep.give(node.arguments[0], at_positions(with_labels(program, cotangent, all), part, position));
}

// Each part begins where those before it end.
void concat_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const Node node = sweep.node(id);
  Program& program = sweep.program();
  Tensor begin(0.0);
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const std::string label = node.terms[i][0];
    if (sweep.wants(node.arguments[i])) {
      const bool same = label == node.label || !holds(cotangent.labels(), node.label);
      sweep.give(node.arguments[i], same ? cotangent : at_positions(cotangent, node.label, program.iota(label) + begin));
    }
    begin = begin + program.extent(label);
  }
}

// Every place adds to the position it was read from: a contraction with ones where index and position meet.
void gather_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const Node node = sweep.node(id);
  const NodeId table = node.arguments[0];
  if (!sweep.wants(table)) return;
  const Tensor index = sweep.tensor(node.arguments[1]);
  const bool shared = holds(index.labels(), node.label);
  const std::string position = shared ? sweep.fresh_label() : node.label;
  const Tensor meets = floor(index) == sweep.program().iota(position);
  NamedTerm keep = sweep.labels(table);
  std::replace(keep.begin(), keep.end(), node.label, position);
  const Tensor part = sum_to(sweep.program(), {cotangent, meets}, node.labels, keep);
  sweep.give(table, renamed(part, {position}, {node.label}));
}

}  // namespace einc::differentiate
