// constants.cpp: what is made of constants alone is constant, and nothing else is.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/constants.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::ir;
using namespace einc::testing;

namespace {

// %0 and %1 are operands of a and ab; %2 positions of a; %3 = %0 + %2; %4 = %1 summed over b; %5 = %3 * %4; %6 = a function of %2.
Expression example() {
  Expression expression = empty_expression({4, 6});
  add_operand(expression, {0});
  add_operand(expression, {0, 1});
  const auto add = [&](Op op, std::vector<ValueId> arguments) {
    Value value;
    value.op = op;
    value.labels = {0};
    value.arguments = std::move(arguments);
    expression.values.push_back(std::move(value));
  };
  add(Op::iota, {});
  add(Op::map, {0, 2});
  add(Op::contract, {1});
  add(Op::contract, {3, 4});
  add(Op::map, {2});
  return expression;
}

std::vector<bool> with_constants(std::vector<ValueId> operands, std::vector<Slice> slices = {}) {
  Expression expression = example();
  for (const ValueId operand : operands) expression.values[operand].constant = true;
  expression.slices = std::move(slices);
  return constant_values(expression);
}

}  // namespace

TEST_CASE("a value is constant when it reads constants, positions and nothing else") {
  CHECK(with_constants({}) == std::vector<bool>{false, false, false, false, false, false, false});
  CHECK(with_constants({0}) == std::vector<bool>{true, false, false, true, false, false, false});
  CHECK(with_constants({1}) == std::vector<bool>{false, true, false, false, true, false, false});
  CHECK(with_constants({0, 1}) == std::vector<bool>{true, true, false, true, true, true, false});
}

TEST_CASE("what varies from slice to slice is not constant") {
  CHECK(with_constants({0, 1}, {{1, 2, true}}) == std::vector<bool>{true, false, false, true, false, false, false});
  CHECK(with_constants({0, 1}, {{0, 2, false}}) == std::vector<bool>{false, false, false, false, false, false, false});
}
