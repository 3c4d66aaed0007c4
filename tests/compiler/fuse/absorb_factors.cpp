// absorb_factors.cpp: numbers times a contraction become its factor, where nobody else reads the contraction.
#include "fuse/fuse.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
std::size_t maps(const ir::Expression& expression) {
  return static_cast<std::size_t>(std::count_if(expression.values.begin(), expression.values.end(), [](const ir::Value& value) { return value.op == ir::Op::map; }));
}
const ir::Value& result(const ir::Expression& expression) { return expression.values[expression.outputs[0].value]; }
}  // namespace

TEST_CASE("a number times a contraction is its factor, divided by another too") {
  const ir::Expression e = test::after("absorb-factors", test::expression_of("input a \"ik\"\ninput b \"kj\"\noutput c = 3 * einsum(\"ik,kj->ij\", a, b) / 4\n", {{2, 3}, {3, 4}}));
  CHECK(maps(e) == 0);
  CHECK(result(e).op == ir::Op::contract);
  CHECK(result(e).factor == 0.75);
}

TEST_CASE("a contraction that others read keeps its factor of one") {
  const ir::Expression e = test::after("absorb-factors", test::expression_of("input a \"ik\"\nc = einsum(\"ik->i\", a)\noutput x = c * 2\noutput y = c\n", {{2, 3}}));
  CHECK(maps(e) == 1);
}

TEST_CASE("a number over a contraction is no factor") {
  const ir::Expression e = test::after("absorb-factors", test::expression_of("input a \"ik\"\noutput x = 2 / einsum(\"ik->i\", a)\n", {{2, 3}}));
  CHECK(result(e).op == ir::Op::map);
}
