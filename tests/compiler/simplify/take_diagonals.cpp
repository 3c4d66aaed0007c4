#include "simplify/simplify.hpp"

#include <cstdint>

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

TEST_CASE("strides of a diagonal of one position may be anything, their sum is not computed as signed numbers") {
  const Stride huge = Stride{7} << 60;
  ir::Expression given = test::expression("ii->i", {{1, 1}});
  given.values[0].strides = {huge, huge};
  const ir::Expression e = simplify::take_diagonals(given);
  CHECK(e.values[0].strides.size() == 1);
  CHECK(static_cast<std::uint64_t>(e.values[0].strides[0]) == 2 * static_cast<std::uint64_t>(huge));
}
