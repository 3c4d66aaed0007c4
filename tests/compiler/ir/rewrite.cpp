// rewrite.cpp: values are dropped, ordered and replaced without changing what they mean.
#include "ir/rewrite.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

TEST_CASE("compact drops what no output needs and keeps the order of the rest") {
  ir::Expression e = test::expression_of("input x \"i\"\noutput y = exp(x) + 1\n", {{3}});
  const std::size_t before = e.values.size();
  ir::add_constant(e, 7, DType::f64);
  const ir::Expression now = ir::compact(e);
  CHECK(now.values.size() == before);
  verify(now);
  CHECK(print(now) == print(test::expression_of("input x \"i\"\noutput y = exp(x) + 1\n", {{3}})));
}

TEST_CASE("compact puts arguments added later before those that use them") {
  ir::Expression e = test::expression_of("input x \"i\"\noutput y = exp(x)\n", {{3}});
  const ir::ValueId y = e.outputs[0].value, two = ir::add_constant(e, 2, DType::f64);
  e.values[y].arguments[0] = ir::add_map(e, ir::Function::multiply, {e.values[y].arguments[0], two});
  const ir::Expression now = ir::compact(std::move(e));
  verify(now);
  CHECK(testing::interpret(now, {{0, 0.5, 1}})[0][2] == Approx(std::exp(2)));
}

TEST_CASE("a map of one function is seen through, one of two is not") {
  const ir::Expression e = test::expression_of("input x \"i\"\noutput y = exp(x)\n", {{3}});
  const auto map = ir::one_function(e, e.outputs[0].value);
  REQUIRE(map);
  CHECK(map->function == ir::Function::exp);
  CHECK_FALSE(ir::one_function(e, map->inputs[0]));
}

TEST_CASE("uses are counted for what outputs need, outputs included") {
  const ir::Expression e = test::expression_of("input x \"i\"\noutput y = x * x\noutput z = x\n", {{3}});
  CHECK(ir::count_uses(e)[0] == 3);
}

TEST_CASE("terms unite and part in order") {
  CHECK(ir::unite({1, 2}, {2, 3}) == ir::Term{1, 2, 3});
  CHECK(ir::without({1, 2, 3}, {2}) == ir::Term{1, 3});
}
