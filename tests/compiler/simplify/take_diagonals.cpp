#include "simplify/simplify.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("take_diagonals adds the strides of a repeated label") {
  const ir::Expression e = simplify::take_diagonals(test::expression("iji->j", {{3, 4, 3}}));
  CHECK(e.values[0].labels == ir::Term{0, 1});
  CHECK(e.values[0].strides == Strides{13, 3});
  verify(e);
}

TEST_CASE("take_diagonals leaves distinct labels alone") {
  const ir::Expression before = test::expression("ij,jk->ik", {{2, 3}, {3, 4}});
  CHECK(simplify::take_diagonals(before) == before);
}
