// defer_division.cpp: what does not vary along a sum of weights is applied after it.
#include "fuse/fuse.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
constexpr std::string_view attention =
    "input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\n"
    "s = einsum(\"ic,jc->ij\", q, k) * 0.5\n"
    "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n";
const std::vector<Shape> shapes = {{5, 4}, {7, 4}, {7, 3}};
ir::Function last_function(const ir::Expression& expression) {
  const ir::Value& value = expression.values[expression.outputs[0].value];
  return value.op == ir::Op::map ? value.code.back().function : ir::Function::argument;
}
}  // namespace

TEST_CASE("weights are divided after the sum over the values") {
  CHECK(last_function(test::after("sum-lone-labels", test::expression_of(attention, shapes))) == ir::Function::argument);
  CHECK(last_function(test::after("defer-division", test::expression_of(attention, shapes))) == ir::Function::divide);
}

TEST_CASE("dropout, rows without keys and their policies are deferred and mean the same") {
  for (const char* weights : {"softmax(s, \"j\") * m / 0.75", "softmax(s, \"j\", uniform)", "softmax(s, \"j\", nan)", "softmax(s, \"j\", 0.5)"}) {
    CAPTURE(weights);
    const std::string text = "input s \"ij\"\ninput m \"ij\"\ninput v \"jd\"\noutput o = einsum(\"ij,jd->id\", " + std::string(weights) + ", v)\noutput n = sum(m, \"ij\")\n";
    const std::vector<Shape> given = {{4, 6}, {4, 6}, {6, 3}};
    const ir::Expression before = test::expression_of(text, given), now = test::after("defer-division", before);
    CHECK(test::distance(testing::interpret(before, test::some_operands(given)), testing::interpret(now, test::some_operands(given))) < 1e-13);
    CHECK(last_function(now) != ir::Function::argument);
  }
}

TEST_CASE("a plain quotient stays where it is") {
  const ir::Expression e = test::after("defer-division", test::expression_of("input a \"ij\"\ninput b \"i\"\ninput v \"jd\"\noutput o = einsum(\"ij,jd->id\", a / b, v)\n", {{2, 3}, {2}, {3, 4}}));
  CHECK(last_function(e) == ir::Function::argument);
}
