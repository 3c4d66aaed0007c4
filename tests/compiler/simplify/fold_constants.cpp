// fold_constants.cpp: numbers are computed once and for all, and sources that others than maps read get a place.
#include "simplify/simplify.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

TEST_CASE("the root of an extent is a number") {
  const ir::Expression e = test::after("fold-constants", test::expression_of("input x \"ic\"\noutput y = x * rsqrt(extent(\"c\")) * 2\n", {{2, 64}}));
  const auto numbers = std::count_if(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::constant; });
  CHECK(numbers == 2);
  CHECK(std::any_of(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::constant && value.number == 0.125; }));
}

TEST_CASE("times one is nothing") {
  const ir::Expression e = test::after("fold-constants", test::expression_of("input x \"i\"\noutput y = exp(1 * x / 1)\n", {{2}}));
  CHECK(e.values.size() == 2);
}

TEST_CASE("a position that a contraction reads becomes an array") {
  const ir::Expression before = test::expression_of("input x \"i\"\noutput y = einsum(\"i,i->\", x, iota(\"i\"))\noutput z = iota(\"i\")\n", {{3}});
  const ir::Expression e = test::after("fold-constants", before);
  for (const ir::Value& value : e.values)
    if (value.op != ir::Op::map)
      for (ir::ValueId argument : value.arguments) CHECK(e.values[argument].op != ir::Op::iota);
  CHECK(testing::interpret(e, {{1, 2, 3}}) == std::vector<std::vector<double>>{{8}, {0, 1, 2}});
}
