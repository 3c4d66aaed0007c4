// The smaller functions on arrays, each held against its formula.
#include <einc/attention_arrays.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("pooling averages values by the softmax of scores, with or without batches") {
  const Array<double> scores = array_of({2, 2}, {0, 0, 1000, 0}), v = array_of({2, 1}, {2, 4});
  const auto got = attention_pooling<double>(scores, v, {.weights = true});
  CHECK(apart(got.out, array_of({2, 1}, {3, 2})) < 1e-15);
  CHECK(apart(got.weights, array_of({2, 2}, {0.5, 0.5, 1, 0})) < 1e-15);
  CHECK(attention_pooling<double>(wave({3, 2, 4}, 0), wave({3, 4, 2}, 1)).out.extents() == Shape{3, 2, 2});
}

TEST_CASE("a stable softmax in bf16 gives numbers of bf16 and sums them in more") {
  const Array<double> equal = wave({1, 300}, 0, 0, 1.5);
  const Array<double> shares = stable_softmax<double>(equal, "bf16");
  CHECK(shares[7] == 0.003326416015625);  // 1 / 300 rounded to eight bits; a sum in bf16 would stop at 256
  CHECK(stable_softmax<double>(equal, "f32")[7] == Approx(1.0 / 300));
  for (const char* other : {"f16", "f64", "i32"}) CHECK_THROWS_WITH(stable_softmax<double>(equal, other), ContainsSubstring(other));
}

TEST_CASE("networks around attention take arrays of any rank") {
  const Array<double> x = wave({2, 3, 4}, 0), row = wave({4}, 0), w1 = wave({5, 4}, 1), b1 = wave({5}, 2), w2 = wave({3, 5}, 3), b2 = wave({3}, 4);
  CHECK(feed_forward<double>(x, w1, b1, w2, b2).extents() == Shape{2, 3, 3});
  CHECK(feed_forward<double>(row, w1, b1, w2, b2).extents() == Shape{3});
  CHECK(add_norm<double>(x, x, row, row).extents() == x.extents());
  CHECK_THROWS_AS(add_norm<double>(x, x, b1, b1), Error);
}

TEST_CASE("tables of positions alternate sines and cosines") {
  const Array<double> table = positional_table<double>(3, 4);
  CHECK(table[0] == 0);
  CHECK(table[1] == 1);
  CHECK(table[4 + 2] == Approx(std::sin(0.01)));
  CHECK(table[8 + 3] == Approx(std::cos(0.02)));
  const Array<double> x = wave({2, 3, 4}, 0);
  CHECK(add_positions<double>(x)[12 + 6] == Approx(x[18] + table[6]));
}

TEST_CASE("an odd number of features has no table") {
  CHECK_THROWS_WITH(positional_table<double>(3, 5), ContainsSubstring("5 features cannot be paired"));
  CHECK_THROWS_AS(add_positions<float>(wave<float>({3, 5}, 0)), Error);
  CHECK_THROWS_AS(rotary<double>(wave({3, 5}, 0), array_of({3}, {0, 1, 2})), Error);
}

TEST_CASE("a table of no possible size is refused before memory is asked for") {
  CHECK_THROWS_WITH(positional_table<double>(-1, 2), ContainsSubstring("no -1 rows"));
  CHECK_THROWS_WITH(positional_table<double>(4, -2), ContainsSubstring("rows of -2"));
  CHECK_THROWS_WITH(positional_table<float>(Extent{1} << 40, Extent{1} << 40), ContainsSubstring("too large"));
  CHECK_THROWS_WITH(alibi_slopes<float>(-3), ContainsSubstring("no -3 rows"));
  CHECK_THROWS_WITH(rotary_tables<float>(Given<float>(Array<float>({2})), -2), ContainsSubstring("rows of -2"));
  CHECK(alibi_slopes<float>(0).size() == 0);
}

TEST_CASE("slopes halve from head to head when there are eight") {
  const Array<double> slopes = alibi_slopes<double>(8);
  CHECK(slopes[0] == 0.5);
  CHECK(slopes[7] == 1.0 / 256);
}
