// SPDX-License-Identifier: BSD-3-Clause
#include "plan/flatten.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// How often each value is an argument of the values that `root` needs.
std::vector<std::uint32_t> count_uses(const ir::Expression& expression, ir::ValueId root) {
  std::vector<std::uint32_t> uses(expression.values.size(), 0);
  uses[root] = 1;
  for (ir::ValueId value = root + 1; value-- > 0;) {  // arguments come before their users
    if (uses[value] == 0) continue;
    for (ir::ValueId argument : expression.values[value].arguments) ++uses[argument];
  }
  return uses;
}

// Replaces arguments that are contractions by their own arguments, again and again, where that keeps the meaning.
class Unfolding {
 public:
  Unfolding(const ir::Expression& expression, const std::vector<std::uint32_t>& uses)
      : expression_(expression), uses_(uses), users_(expression.extents.size(), 0) {}

  Unit unfold(ir::ValueId value) {
    const ir::Value& root = expression_.values[value];
    Unit unit{value, {}, root.labels};
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
      count(inner.labels, -1);
      for (auto next = inner.arguments.rbegin(); next != inner.arguments.rend(); ++next) {
        open.push_back(*next);
        count(expression_.values[*next].labels, +1);
      }
    }
    forget(unit, root);
    return unit;
  }

 private:
  // A label that the inner contraction sums must mean nothing outside of it: it would be summed in the wrong place.
  bool may_open(ir::ValueId value) const {
    const ir::Value& inner = expression_.values[value];
    if (inner.op != ir::Op::contract || uses_[value] != 1) return false;
    for (ir::ValueId argument : inner.arguments) {
      for (Label label : expression_.values[argument].labels) {
        if (!contains(inner.labels, label) && users_[label] != 0) return false;
      }
    }
    return true;
  }

  void count(const ir::Term& labels, int change) {
    for (Label label : labels) users_[label] += change;
  }

  void forget(const Unit& unit, const ir::Value& root) {
    count(root.labels, -1);
    for (ir::ValueId argument : unit.arguments) count(expression_.values[argument].labels, -1);
  }

  const ir::Expression& expression_;
  const std::vector<std::uint32_t>& uses_;
  std::vector<int> users_;  // of each label: terms of the unit that have it
};

}  // namespace

std::vector<Unit> flatten(const ir::Expression& expression, ir::ValueId value) {
  const std::vector<std::uint32_t> uses = count_uses(expression, value);
  Unfolding unfolding(expression, uses);
  std::vector<bool> needed(expression.values.size(), false);
  needed[value] = true;
  std::vector<Unit> units;
  for (ir::ValueId next = value + 1; next-- > 0;) {
    if (!needed[next] || expression.values[next].op != ir::Op::contract) continue;
    units.push_back(unfolding.unfold(next));
    for (ir::ValueId argument : units.back().arguments) needed[argument] = true;
  }
  std::reverse(units.begin(), units.end());
  return units;
}

}  // namespace einc::plan
