// Attention on arrays: held against plain loops in every layout, with every way of changing scores, streamed or not.
#include <einc/attention_arrays.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

const double half = 0.5;  // 1 / sqrt(4)
double unchanged(double score, Extent, Extent, Extent, Extent) { return score; }

}  // namespace

TEST_CASE("attend() is softmax(q k / sqrt(c)) v") {
  const Array<double> q = wave({2, 3, 5, 4}, 0), k = wave({2, 3, 7, 4}, 1), v = wave({2, 3, 7, 2}, 2);
  const Array<double> expected = attention_by_loops(q, k, v, unchanged, half);
  for (const Stream stream : {Stream::forbid, Stream::allow, Stream::require}) CHECK(apart(attend(q, k, v, {}, {}, {.stream = stream}), expected) < 1e-14);
}

TEST_CASE("heads in groups read the keys of their group") {
  const Array<double> q = wave({2, 6, 5, 4}, 0), k = wave({2, 2, 7, 4}, 1), v = wave({2, 2, 7, 2}, 2), slopes = alibi_slopes<double>(6);
  const ScoreArrays<double> with{.mask = array_of({1, 6, 1, 1}, {1, 1, 0, 1, 1, 1}), .slopes = slopes};
  const auto change = [&](double s, Extent, Extent h, Extent i, Extent j) {
    return h == 2 || j > i + 2 ? -infinity : s + slopes[static_cast<std::size_t>(h)] * static_cast<double>(j - i - 2);
  };
  CHECK(apart(attend(q, k, v, {.causal = true, .align = Align::bottom_right}, with), attention_by_loops(q, k, v, change, half)) < 1e-14);
}

TEST_CASE("tiles that a window hides are left out, and nothing else is") {
  const Array<double> q = wave({1, 2, 300, 4}, 0), k = wave({1, 2, 900, 4}, 1), v = wave({1, 2, 900, 2}, 2);
  const auto change = [](double s, Extent, Extent, Extent i, Extent j) { return j < i + 600 - 70 || j > i + 600 + 5 ? -infinity : s; };
  const Scoring scoring{.align = Align::bottom_right, .window = Window{70, 5}};
  const Array<double> expected = attention_by_loops(q, k, v, change, half);
  for (const Stream stream : {Stream::forbid, Stream::require}) CHECK(apart(attend(q, k, v, scoring, {}, {.stream = stream}), expected) < 1e-13);
}

TEST_CASE("one query, few heads and many keys: in parts, and the same for any number of threads") {
  for (const Extent heads : {1, 3, 8}) {
    const Array<double> q = wave({1, heads, 1, 64}, 0), k = wave({1, heads, 9000, 64}, 1), v = wave({1, heads, 9000, 5}, 2);
    for (const bool all : {true, false}) {  // without a mask, and with one that hides the first parts and the last
      const Scoring scoring = all ? Scoring{} : Scoring{.align = Align::bottom_right, .window = Window{2000, -500}};
      const auto change = [all](double s, Extent, Extent, Extent, Extent j) { return all || (j >= 8999 - 2000 && j <= 8999 - 500) ? s : -infinity; };
      Options options;
      options.stream = Stream::require, options.threads = 1;
      const Array<double> one = attend(q, k, v, scoring, {}, options);
      CHECK(apart(one, attention_by_loops(q, k, v, change, 0.125)) < 1e-12);
      for (const int threads : {2, 5}) {
        options.threads = threads;
        CHECK(apart(attend(q, k, v, scoring, {}, options), one) == 0);
      }
    }
  }
}

TEST_CASE("a stream is as exact as the plan with scores in memory") {
  const Array<double> q = wave({1, 2, 300, 64}, 0), k = wave({1, 2, 900, 64}, 1), v = wave({1, 2, 900, 16}, 2);
  const auto in_floats = [](const Array<double>& x) {
    Array<float> result(x.extents());
    for (std::size_t n = 0; n < x.size(); ++n) result[n] = static_cast<float>(x[n]);
    return result;
  };
  const auto in_doubles = [](const Array<float>& x) {
    Array<double> result(x.extents());
    for (std::size_t n = 0; n < x.size(); ++n) result[n] = static_cast<double>(x[n]);
    return result;
  };
  const Array<float> queries = in_floats(q), keys = in_floats(k), values = in_floats(v);
  for (const double scale : {0.125, 1.0})  // of the softmax of even scores, and of uneven ones
    for (const bool causal : {false, true}) {
      const Scoring scoring{.scale = scale, .causal = causal};
      const Array<double> exact = attend(in_doubles(queries), in_doubles(keys), in_doubles(values), scoring, {}, {.stream = Stream::forbid});
      const double streamed = apart(attend(queries, keys, values, scoring, {}, {.stream = Stream::require}), exact);
      const double whole = apart(attend(queries, keys, values, scoring, {}, {.stream = Stream::forbid}), exact);
      INFO("scale " << scale << ": " << streamed << " streamed, " << whole << " with scores in memory");
      CHECK(streamed <= 2 * whole);
    }
}

TEST_CASE("a score function is applied before masks") {
  const Array<double> q = wave({1, 1, 5, 4}, 0), k = wave({1, 1, 5, 4}, 1), v = wave({1, 1, 5, 2}, 2);
  Scoring scoring{.function = [](Tensor s, Tensor i, Tensor j) { return where(i == j, 3.0 * s, -s); }, .causal = true};
  const auto change = [](double s, Extent, Extent, Extent i, Extent j) { return j > i ? -infinity : i == j ? 3 * s : -s; };
  const Array<double> expected = attention_by_loops(q, k, v, change, half);
  CHECK(apart(attend(q, k, v, scoring), expected) < 1e-14);
  // Another function must not meet what was compiled for the first.
  scoring.function = [](Tensor s, Tensor, Tensor) { return s; };
  CHECK(apart(attend(q, k, v, scoring), expected) > 1e-3);
}

TEST_CASE("arrays without heads, and without batch, are the same attention") {
  const Array<double> q = wave({1, 1, 5, 4}, 0), k = wave({1, 1, 7, 4}, 1), v = wave({1, 1, 7, 2}, 2), length = array_of({1}, {3});
  const Array<double> all = attend(q, k, v, {}, {.valid_length = length});
  const auto flat = [](const Array<double>& x, const Shape& shape) { return TensorView<const double>(x.data(), shape); };
  const Array<double> batch = attend(flat(q, {1, 5, 4}), flat(k, {1, 7, 4}), flat(v, {1, 7, 2}), {}, {.valid_length = length});
  const Array<double> alone = attend(flat(q, {5, 4}), flat(k, {7, 4}), flat(v, {7, 2}), {}, {.valid_length = flat(length, {})});
  CHECK(batch.extents() == Shape{1, 5, 2});
  CHECK(alone.extents() == Shape{5, 2});
  for (std::size_t n = 0; n < all.size(); ++n) {
    CHECK(batch[n] == Approx(all[n]).margin(1e-15));
    CHECK(alone[n] == Approx(all[n]).margin(1e-15));
  }
}

TEST_CASE("arrays of any strides are read where they are") {
  const Array<double> q = wave({2, 3, 5, 4}, 0), k = wave({2, 3, 7, 4}, 1), v = wave({2, 3, 7, 2}, 2);
  // As [b q h c] in memory.
  Array<double> stored({2, 5, 3, 4});
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t h = 0; h < 3; ++h)
      for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t c = 0; c < 4; ++c) stored[((b * 5 + i) * 3 + h) * 4 + c] = q[((b * 3 + h) * 5 + i) * 4 + c];
  const TensorView<const double> view(stored.data(), {2, 3, 5, 4}, {60, 4, 12, 1});
  CHECK(apart(attend(view, k, v), attend(q, k, v)) < 1e-15);
}

TEST_CASE("weights and logarithms come when they are wanted") {
  const Array<double> q = wave({1, 4, 3, 4}, 0), k = wave({1, 2, 5, 4}, 1), v = wave({1, 2, 5, 2}, 2);
  const auto all = attend_all<double>(q, k, v, {.causal = true}, {}, {.weights = true, .logsumexp = true});
  CHECK(all.weights.extents() == Shape{1, 4, 3, 5});
  CHECK(all.logsumexp.extents() == Shape{1, 4, 3});
  CHECK(all.weights[0] == 1);
  CHECK(all.weights[1] == 0);
  CHECK(attend_all<double>(q, k, v, {}, {}, {}).weights.size() == 0);
}

TEST_CASE("a layer keeps one plan for each set of shapes") {
  const Array<double> q = wave({1, 2, 3, 4}, 0), k = wave({1, 2, 5, 4}, 1), v = wave({1, 2, 5, 2}, 2);
  const DotProductAttention<double> layer({.causal = true});
  CHECK(&layer.compiled(q, k, v).plan() == &layer.compiled(q, k, v).plan());
  CHECK(apart(layer(q, k, v), attend(q, k, v, {.causal = true})) == 0);
}

TEST_CASE("empty rows are zeros, equal shares or no numbers, as asked") {
  const Array<double> q = wave({1, 1, 2, 4}, 0), k = wave({1, 1, 3, 4}, 1), v = wave({1, 1, 3, 1}, 2);
  const ScoreArrays<double> hidden{.mask = array_of({2, 1}, {0, 1})};
  CHECK(attend(q, k, v, {}, hidden)[0] == 0);
  CHECK(attend(q, k, v, {.empty_row = EmptyRow::uniform}, hidden)[0] == Approx((v[0] + v[1] + v[2]) / 3));
  CHECK(attend(q, k, v, {.hidden = -1e9}, hidden)[0] == Approx((v[0] + v[1] + v[2]) / 3));
  CHECK(std::isnan(attend(q, k, v, {.empty_row = EmptyRow::nan}, hidden)[0]));
  CHECK(attend_all<double>(q, k, v, {}, hidden, {.logsumexp = true}).logsumexp[0] == -infinity);
}

TEST_CASE("arrays that do not fit are refused with both numbers") {
  const Array<double> q = wave({1, 2, 3, 4}, 0), k = wave({1, 2, 5, 4}, 1), v = wave({1, 2, 5, 2}, 2);
  CHECK_THROWS_WITH(attend(q, wave({1, 2, 5, 3}, 1), v), ContainsSubstring("4 for queries, 3 for keys"));
  CHECK_THROWS_WITH(attend(q, k, wave({1, 2, 6, 2}, 1)), ContainsSubstring("5 for keys, 6 for values"));
  CHECK_THROWS_WITH(attend(wave({1, 3, 3, 4}, 0), k, v), ContainsSubstring("2 heads cannot share"));
  CHECK_THROWS_WITH(attend(q, k, v, {}, {.mask = wave({1, 3, 5}, 0)}), ContainsSubstring("rank 3"));
  CHECK_THROWS_AS(attend(q, k, v, {}, {.mask = wave({1, 1, 1, 4}, 0)}), Error);
  CHECK_THROWS_AS(attend(wave({4}, 0), k, v), Error);
  CHECK_THROWS_AS(attend(q, wave({2, 2, 5, 4}, 0), wave({2, 2, 5, 4}, 0)), Error);
}
