// flatten.cpp: nested contractions unfold unless that would change their meaning or repeat work.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/flatten.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

using Values = std::vector<ir::ValueId>;

ir::Expression three_operands(const ir::Term& a, const ir::Term& b, const ir::Term& c) {
  ir::Expression expression = empty_expression({2, 2, 2, 2});
  for (const ir::Term& term : {a, b, c}) add_operand(expression, term);
  return expression;
}

}  // namespace

TEST_CASE("a contraction used once becomes part of its user, in the order of the text") {
  ir::Expression e = three_operands({0, 1}, {1, 2}, {2, 3});
  const ir::ValueId inner = add_contract(e, {0, 1}, {0, 2});
  const ir::ValueId outer = add_contract(e, {inner, 2}, {0, 3});
  CHECK(flatten(e, outer) == std::vector<Unit>{{outer, Values{0, 1, 2}, {0, 3}}});
}

TEST_CASE("a sum over one argument unfolds too") {
  ir::Expression e = three_operands({0, 1}, {0, 2}, {});
  const ir::ValueId sum = add_contract(e, {0}, {0});
  const ir::ValueId outer = add_contract(e, {sum, 1}, {2});
  CHECK(flatten(e, outer) == std::vector<Unit>{{outer, Values{0, 1}, {2}}});
}

TEST_CASE("a contraction used twice is computed once") {
  ir::Expression e = three_operands({0, 1}, {1, 2}, {2, 3});
  const ir::ValueId inner = add_contract(e, {0, 1}, {0, 2});
  const ir::ValueId outer = add_contract(e, {inner, inner}, {2});
  CHECK(flatten(e, outer) == std::vector<Unit>{{inner, Values{0, 1}, {0, 2}}, {outer, Values{inner, inner}, {2}}});
}

TEST_CASE("a sum over a label that means something outside stays on its own") {
  // inner sums label 1; outside, label 1 is another loop.
  ir::Expression e = three_operands({0, 1}, {1, 0}, {});
  const ir::ValueId inner = add_contract(e, {0}, {0});
  const ir::ValueId outer = add_contract(e, {inner, 1}, {1});
  CHECK(flatten(e, outer) == std::vector<Unit>{{inner, Values{0}, {0}}, {outer, Values{inner, 1}, {1}}});
}

TEST_CASE("an operand needs no unit, and what nobody needs makes none") {
  ir::Expression e = three_operands({0, 1}, {1, 2}, {});
  add_contract(e, {0, 1}, {0, 2});
  CHECK(flatten(e, 0).empty());
}

TEST_CASE("thousands of nested values unfold") {
  ir::Expression e = empty_expression({2});
  ir::ValueId value = add_operand(e, {0});
  for (int depth = 0; depth < 5000; ++depth) value = add_contract(e, {value, 0}, {0});
  CHECK(flatten(e, value).size() == 1);
}
