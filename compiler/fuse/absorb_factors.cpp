// absorb_factors: a number times a contraction is a contraction with that factor, applied while its tile is in registers.
// einsum("qc,kc->qk", q, k) * 0.125   is one step
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "fuse/fuse.hpp"
#include "ir/rewrite.hpp"

namespace einc::fuse {

ir::Expression absorb_factors(ir::Expression expression) {
  const bool maps = std::any_of(expression.values.begin(), expression.values.end(), [](const ir::Value& value) { return value.op == ir::Op::map; });
  if (!maps) return expression;
  std::vector<std::uint32_t> uses = ir::count_uses(expression);
  std::vector<ir::ValueId> by(expression.values.size());
  bool changed = false;
  for (ir::ValueId id = 0; id < by.size(); ++id) {
    by[id] = id;
    for (ir::ValueId& argument : expression.values[id].arguments) argument = by[argument];
    const auto map = ir::one_function(expression, id);
    if (!map || (map->function != ir::Function::multiply && map->function != ir::Function::divide)) continue;
    for (std::size_t i = 0; i < 2; ++i) {
      if (i == 1 && map->function == ir::Function::divide) continue;
      const ir::ValueId contraction = map->inputs[i], number = map->inputs[1 - i];
      ir::Value& value = expression.values[contraction];
      if (value.op != ir::Op::contract || uses[contraction] != 1 || expression.values[number].op != ir::Op::constant) continue;
      if (value.labels.size() != expression.values[id].labels.size()) continue;  // the map broadcasts
      const double factor = expression.values[number].number;
      value.factor = map->function == ir::Function::multiply ? value.factor * factor : value.factor / factor;
      uses[contraction] = uses[id];
      by[id] = contraction;
      changed = true;
      break;
    }
  }
  if (!changed) return expression;
  ir::replace(expression, by);
  return ir::compact(std::move(expression));
}

}  // namespace einc::fuse
