// rewrite.hpp: what passes over an Expression share: adding values, seeing through maps of one function, putting values in order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "ir/expression.hpp"

namespace einc::ir {

inline bool contains(const Term& term, Label label) {
  for (Label one : term)
    if (one == label) return true;
  return false;
}
Term unite(Term one, const Term& other);      // the labels of one, then the new ones of other
Term without(Term term, const Term& others);  // the labels of term that others lack

// The type of every value but operands.
DType computed_type(const Expression& expression);

// Appends a value; compact() later puts it before those that use it.
ValueId add(Expression& expression, Value value);
ValueId add_constant(Expression& expression, double number, DType dtype);
ValueId add_map(Expression& expression, Function function, std::vector<ValueId> arguments);  // labels: those of the arguments, in order

// A map of a single function, its inputs as values; numbers inside its code have been given values of their own by bind.
struct OneFunction {
  Function function;
  std::vector<ValueId> inputs;
};
std::optional<OneFunction> one_function(const Expression& expression, ValueId value);
bool is_constant(const Expression& expression, ValueId value, double number);

bool depends(const Expression& expression, ValueId value, ValueId on);  // a value depends on itself

// How often each value is used, by values some output needs and by outputs.
std::vector<std::uint32_t> count_uses(const Expression& expression);

// Every use of a value becomes a use of another; an output too.
void replace(Expression& expression, const std::vector<ValueId>& by);

// Drops what no output needs and puts every value before those that use it; the order stays where it may.
Expression compact(Expression expression);

}  // namespace einc::ir
