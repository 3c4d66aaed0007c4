// fold_constants: what depends on numbers alone is a number.   rsqrt(extent of c)   with 64 positions of c   is   0.125
// A number or a position that others than maps read becomes a map, so that it has a place in memory.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "ir/rewrite.hpp"
#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

// x * 1, x / 1 and the like: exact, so they may go.
ir::ValueId same_as(const ir::Expression& expression, ir::ValueId id) {
  const auto map = ir::one_function(expression, id);
  if (!map || map->inputs.size() != 2) return id;
  const auto keeps = [&](std::size_t i) { return expression.values[map->inputs[i]].labels == expression.values[id].labels ? map->inputs[i] : id; };
  const bool product = map->function == ir::Function::multiply, quotient = map->function == ir::Function::divide;
  if ((product || quotient) && ir::is_constant(expression, map->inputs[1], 1)) return keeps(0);
  if (product && ir::is_constant(expression, map->inputs[0], 1)) return keeps(1);
  return id;
}

}  // namespace

ir::Expression fold_constants(ir::Expression expression) {
  const auto is_source = [&](ir::ValueId id) { return expression.values[id].op == ir::Op::constant || expression.values[id].op == ir::Op::iota; };
  std::vector<ir::ValueId> by(expression.values.size());
  bool changed = false;
  const std::size_t count = expression.values.size();
  for (ir::ValueId id = 0; id < count; ++id) {
    by[id] = id;
    ir::Value& value = expression.values[id];
    for (ir::ValueId& argument : value.arguments) argument = by[argument];
    if (value.op != ir::Op::map) continue;
    const bool numbers = value.labels.empty() && std::all_of(value.arguments.begin(), value.arguments.end(), [&](ir::ValueId argument) {
      return expression.values[argument].op == ir::Op::constant;
    });
    if (numbers) {
      std::vector<double> arguments;
      for (ir::ValueId argument : value.arguments) arguments.push_back(expression.values[argument].number);
      ir::Value constant;
      constant.op = ir::Op::constant;
      constant.dtype = value.dtype;
      constant.number = ir::evaluate(value.code, arguments);
      value = std::move(constant);
      changed = true;
    } else if (const ir::ValueId same = same_as(expression, id); same != id) {
      by[id] = same;
      changed = true;
    }
  }
  // One place in memory a source, made when first asked for.
  std::vector<ir::ValueId> spelled(count, ir::no_id);
  const auto spell = [&](ir::ValueId id) {
    if (!is_source(id)) return id;
    if (spelled[id] == ir::no_id) {
      ir::Value map;
      map.op = ir::Op::map;
      map.dtype = expression.values[id].dtype;
      map.labels = expression.values[id].labels;
      map.code = {{.function = ir::Function::argument}};
      map.arguments = {id};
      spelled[id] = ir::add(expression, std::move(map));
      changed = true;
    }
    return spelled[id];
  };
  for (ir::ValueId id = 0; id < count; ++id) {
    if (expression.values[id].op == ir::Op::map) continue;
    for (std::size_t i = 0; i < expression.values[id].arguments.size(); ++i) {
      const ir::ValueId argument = spell(expression.values[id].arguments[i]);
      expression.values[id].arguments[i] = argument;
    }
  }
  for (ir::Output& output : expression.outputs) output.value = spell(by[output.value]);
  return changed ? ir::compact(std::move(expression)) : expression;
}

}  // namespace einc::simplify
