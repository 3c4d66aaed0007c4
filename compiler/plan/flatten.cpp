// SPDX-License-Identifier: BSD-3-Clause
#include "plan/flatten.hpp"

#include <algorithm>
#include <utility>

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// How often each value is an argument of the values that some output needs; an output counts as a use.
std::vector<std::uint32_t> count_uses(const ir::Expression& expression, ir::ValueId root) {
  std::vector<std::uint32_t> uses(expression.values.size(), 0);
  if (root != ir::no_id) ++uses[root];
  for (const ir::Output& output : expression.outputs) ++uses[output.value];
  for (std::size_t value = uses.size(); value-- > 0;) {  // arguments come before their users
    if (uses[value] == 0) continue;
    for (ir::ValueId argument : expression.values[value].arguments) ++uses[argument];
  }
  return uses;
}

}  // namespace

Flattening::Flattening(const ir::Expression& expression, ir::ValueId root)
    : expression_(expression), uses_(count_uses(expression, root)), closed_(uses_.size(), false), users_(expression.extents.size(), 0) {}

Unit Flattening::unit_of(ir::ValueId value) {
  const ir::Value& root = expression_.values[value];
  Unit unit{value, {}, root.labels, root.factor};
  count(root.labels, +1);
  std::vector<ir::ValueId> open(root.arguments.rbegin(), root.arguments.rend());  // a stack, so that depth costs nothing
  for (ir::ValueId argument : open) count(expression_.values[argument].labels, +1);
  while (!open.empty()) {
    const ir::ValueId argument = open.back();
    open.pop_back();
    if (!may_open(argument)) {
      unit.arguments.push_back(argument);
      continue;
    }
    const ir::Value& inner = expression_.values[argument];
    unit.factor *= inner.factor;
    count(inner.labels, -1);
    for (auto next = inner.arguments.rbegin(); next != inner.arguments.rend(); ++next) {
      open.push_back(*next);
      count(expression_.values[*next].labels, +1);
    }
  }
  count(root.labels, -1);
  for (ir::ValueId argument : unit.arguments) count(expression_.values[argument].labels, -1);
  return unit;
}

// What the text groups stays closed. A label that the inner contraction sums must mean nothing outside of it: it would be summed in the wrong place.
bool Flattening::may_open(ir::ValueId value) const {
  const ir::Value& inner = expression_.values[value];
  if (inner.op != ir::Op::contract || inner.grouped || uses_[value] != 1 || closed_[value]) return false;
  for (ir::ValueId argument : inner.arguments) {
    for (Label label : expression_.values[argument].labels) {
      if (!contains(inner.labels, label) && users_[label] != 0) return false;
    }
  }
  return true;
}

void Flattening::count(const ir::Term& labels, int change) {
  for (Label label : labels) users_[label] += change;
}

std::vector<Unit> flatten(const ir::Expression& expression, ir::ValueId value) {
  Flattening flattening(expression, value);
  std::vector<bool> needed(expression.values.size(), false);
  needed[value] = true;
  std::vector<Unit> units;
  for (ir::ValueId next = value + 1; next-- > 0;) {
    if (!needed[next] || expression.values[next].op != ir::Op::contract) continue;
    units.push_back(flattening.unit_of(next));
    for (ir::ValueId argument : units.back().arguments) needed[argument] = true;
  }
  std::reverse(units.begin(), units.end());
  return units;
}

}  // namespace einc::plan
