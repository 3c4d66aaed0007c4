// flatten.hpp: cuts an Expression into contractions of many values, as large as the algebra allows.
// Knows who uses which value; not extents' costs, orders or steps.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "ir/expression.hpp"

namespace einc::plan {

// `factor` times the sum of products of `arguments` over the labels that `labels` does not have.
struct Unit {
  ir::ValueId value = 0;                // what it computes, in the expression
  std::vector<ir::ValueId> arguments;   // values that are no contractions, or other units, in the order of the text
  ir::Term labels;
  double factor = 1;
  bool operator==(const Unit&) const = default;
};

// Unfolds one contraction at a time. Contractions used once, and by a contraction, become part of their user where that keeps
// the meaning:   "ab,bc->ac" used once by "ac,cd->ad"   is the one unit   "ab,bc,cd->ad"
class Flattening {
 public:
  explicit Flattening(const ir::Expression& expression, ir::ValueId root = ir::no_id);  // root: counts as used, too
  Unit unit_of(ir::ValueId contraction);
  void close(ir::ValueId value) { closed_[value] = true; }  // is an argument of units, never opened

 private:
  bool may_open(ir::ValueId value) const;
  void count(const ir::Term& labels, int change);

  const ir::Expression& expression_;
  std::vector<std::uint32_t> uses_;  // of each value: by values that some output needs
  std::vector<bool> closed_;
  std::vector<int> users_;           // of each label: terms of the unit that have it
};

// The units that `value` needs, arguments first, `value` last; none when it is no contraction.
std::vector<Unit> flatten(const ir::Expression& expression, ir::ValueId value);

}  // namespace einc::plan
