// share_values.cpp: what is written twice is computed once.
#include "simplify/simplify.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

TEST_CASE("the same function of the same value is one value") {
  CHECK(test::after("share-values", test::expression_of("input x \"i\"\noutput y = exp(x) + exp(x)\n", {{3}})).values.size() == 3);
  CHECK(test::after("share-values", test::expression_of("input x \"i\"\noutput y = exp(x) + sin(x)\n", {{3}})).values.size() == 4);
}

TEST_CASE("numbers that differ in a bit are two") {
  const ir::Expression e = test::after("share-values", test::expression_of("input x \"i\"\noutput y = x * 0.5 + x * 0.25\n", {{3}}));
  CHECK(testing::interpret(e, {{4, 8, 12}})[0] == std::vector<double>{3, 6, 9});
}

TEST_CASE("reading one array under other names is another value") {
  const ir::Expression e = test::after("share-values", test::expression_of("input x \"is\"\noutput y = einsum(\"is,js->ij\", x, x)\n", {{3, 2}}));
  CHECK(e.values.size() == 3);
}
