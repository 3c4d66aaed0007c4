// Several heads at once: both orders of weights, shared keys, decoding step by step, and weights that cannot work together.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

Array<double> transposed(const Array<double>& x) {
  Array<double> y({x.extents()[1], x.extents()[0]});
  const std::size_t rows = static_cast<std::size_t>(x.extents()[0]), columns = static_cast<std::size_t>(x.extents()[1]);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) y[j * rows + i] = x[i * columns + j];
  return y;
}

MultiHeadWeights<double> weights(Extent width, Extent heads_width, Extent keys_width) {
  return {wave({heads_width, width}, 0, 0.6), wave({keys_width, width}, 1, 0.6), wave({keys_width, width}, 2, 0.6), wave({width, heads_width}, 3, 0.6),
          wave({heads_width}, 4, 0.2),        wave({keys_width}, 5, 0.2),        wave({keys_width}, 6, 0.2),        wave({width}, 7, 0.2)};
}

}  // namespace

TEST_CASE("weights may be stored either way round") {
  const Array<double> q = wave({2, 3, 5}, 0), k = wave({2, 4, 5}, 1);
  const Array<double> wq = wave({6, 5}, 2), wk = wave({6, 5}, 3), wv = wave({4, 5}, 4), wo = wave({7, 4}, 5);
  const MultiHeadAttention<double> one({.heads = 2}, {wq, wk, wv, wo});
  const MultiHeadAttention<double> other({.heads = 2, .order = WeightOrder::input_output}, {transposed(wq), transposed(wk), transposed(wv), transposed(wo)});
  CHECK(one(q, k, k).extents() == Shape{2, 3, 7});
  CHECK(apart(one(q, k, k), other(q, k, k)) < 1e-14);
}

TEST_CASE("heads that share keys are heads with repeated keys") {
  const Array<double> x = wave({2, 5, 4}, 0);
  const MultiHeadWeights<double> grouped = weights(4, 12, 6);
  MultiHeadWeights<double> repeated = grouped;
  // Rows of group g, 3 of each: heads 0 1 read group 0, heads 2 3 read group 1.
  const std::vector<Extent> rows = {0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5};
  repeated.key = picked(wave({6, 4}, 1, 0.6), 0, rows), repeated.value = picked(wave({6, 4}, 2, 0.6), 0, rows);
  repeated.key_bias = picked(wave({6}, 5, 0.2), 0, rows), repeated.value_bias = picked(wave({6}, 6, 0.2), 0, rows);
  const MultiHeadAttention<double> shares({.heads = 4, .key_heads = 2}, grouped), repeats({.heads = 4}, repeated);
  const auto x1 = shares.compute(x, x, x, {.mask = wave({1, 4, 5, 5}, 0, 1, 0.5)}, {.weights = true, .heads = true});
  const auto x2 = repeats.compute(x, x, x, {.mask = wave({1, 4, 5, 5}, 0, 1, 0.5)}, {.weights = true, .heads = true});
  CHECK(apart(x1.out, x2.out) < 1e-14);
  CHECK(apart(x1.weights, x2.weights) < 1e-14);
  CHECK(apart(x1.combined, x2.combined) < 1e-14);
}

TEST_CASE("decoding gives the rows of causal attention, a few at a time") {
  const Array<double> x = wave({2, 9, 4}, 0);
  for (const Extent key_heads : {4, 2}) {
    const MultiHeadAttention<double> layer({.heads = 4, .key_heads = key_heads, .scoring = {.causal = true}}, weights(4, 12, 3 * key_heads));
    const Array<double> all = layer(x, x, x);
    KeyValueCache<double> past(2);
    for (Extent begin = 0, count = 1; begin < 9; begin += count, count = std::min<Extent>(count + 1, 9 - begin)) {
      const Array<double> rows = layer.step(picked(x, 1, range(begin, begin + count)), past);
      CHECK(apart(rows, picked(all, 1, range(begin, begin + count))) < 1e-14);
    }
    CHECK(past.length() == 9);
  }
}

TEST_CASE("a row that sees nothing averages all values when the mask is finite") {
  const Array<double> x = wave({1, 3, 4}, 0);
  const ScoreArrays<double> nothing{.mask = array_of({1, 1, 1, 3}, {0, 0, 0})};
  const MultiHeadAttention<double> finite({.heads = 2, .scoring = {.hidden = -1e9}}, weights(4, 4, 4));
  const auto got = finite.compute(x, x, x, nothing, {.weights = true});
  for (std::size_t n = 0; n < got.weights.size(); ++n) CHECK(got.weights[n] == Approx(1.0 / 3));
  const MultiHeadAttention<double> infinite({.heads = 2}, weights(4, 4, 4));
  CHECK(apart(infinite(x, x, x, nothing), picked(array_of({1, 1, 4}, {wave({4}, 7, 0.2)[0], wave({4}, 7, 0.2)[1], wave({4}, 7, 0.2)[2], wave({4}, 7, 0.2)[3]}), 1, {0, 0, 0})) < 1e-15);
}

TEST_CASE("weights and arrays that do not fit are refused") {
  CHECK_THROWS_WITH((MultiHeadAttention<double>({.heads = 5}, weights(4, 12, 12))), ContainsSubstring("5 heads cannot share the features of the queries"));
  CHECK_THROWS_AS((MultiHeadAttention<double>({.heads = 4, .key_heads = 3}, weights(4, 12, 9))), Error);
  CHECK_THROWS_AS((MultiHeadAttention<double>({.heads = 0}, weights(4, 12, 12))), Error);
  MultiHeadWeights<double> narrow = weights(4, 12, 12);
  narrow.key = wave({8, 4}, 0);
  CHECK_THROWS_WITH((MultiHeadAttention<double>({.heads = 4}, narrow)), ContainsSubstring("3 for queries, 2 for keys"));
  const MultiHeadAttention<double> layer({.heads = 4}, weights(4, 12, 12));
  const Array<double> x = wave({2, 3, 4}, 0), longer = wave({2, 5, 4}, 0), wide = wave({2, 3, 5}, 0);
  CHECK_THROWS_WITH(layer(x, x, longer), ContainsSubstring("3 for keys, 5 for values"));
  CHECK_THROWS_AS(layer(wide, x, x), Error);
  CHECK_THROWS_WITH(layer(x, x, x, {.mask = wave({2, 3, 3}, 0)}), ContainsSubstring("[b, 1, q, k]"));
}
