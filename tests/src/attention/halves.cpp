// Attention on halves: each array in a type of its own, held against the same calls in double on the numbers they hold.
#include <einc/attention.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"
#include "support/element_lists.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

// Halves, and the numbers they are.
template <class H>
struct Both {
  Array<H> halves;
  Array<float> floats;
  Array<double> exact;
  Both(const Shape& shape, double phase) : halves(wave<float>(shape, phase).extents()), floats(shape), exact(shape) {
    const Array<float> numbers = wave<float>(shape, phase);
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      halves[n] = H(numbers[n]);
      floats[n] = static_cast<float>(halves[n]);
      exact[n] = static_cast<double>(floats[n]);
    }
  }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("attend() of halves is as near to the truth as that of floats, with all that changes scores", "", HalfElements) {
  using H = TestType;
  const Both<H> q({2, 4, 70, 16}, 0), k({2, 2, 300, 16}, 1), v({2, 2, 300, 8}, 2), bias({1, 4, 70, 300}, 3);
  const Array<double> slopes = alibi_slopes<double>(4), length = array_of({2}, {300, 177});
  const Array<float> slopes_f = alibi_slopes<float>(4), length_f = array_of<float>({2}, {300, 177});
  const auto wanted = Wanted{.logsumexp = true};
  for (const Stream stream : {Stream::require, Stream::forbid})
    for (int which = 0; which < 5; ++which) {
      Scoring scoring;
      scoring.causal = which == 1, scoring.soft_cap = which == 2 ? 3 : 0;
      scoring.align = Align::bottom_right;
      if (which == 3) scoring.window = Window{40, 0};
      Options options;
      options.stream = stream;
      ScoreArrays<double> exact_with;
      ScoreArrays<float> float_with, half_with;
      if (which == 0) exact_with.bias = bias.exact, float_with.bias = bias.floats, half_with.bias = bias.halves;
      if (which == 1) exact_with.slopes = slopes, float_with.slopes = slopes_f, half_with.slopes = slopes_f;
      if (which == 4) exact_with.valid_length = length, float_with.valid_length = length_f, half_with.valid_length = length_f;
      const auto exact = attend_all<double>(q.exact, k.exact, v.exact, scoring, exact_with, wanted, {.stream = Stream::forbid});
      const auto floats = attend_all<float>(q.floats, k.floats, v.floats, scoring, float_with, wanted, options);
      const auto halves = attend_all<float>(q.halves, k.halves, v.halves, scoring, half_with, wanted, options);
      const auto mixed = attend_all<float>(q.floats, k.halves, v.halves, scoring, half_with, wanted, options);
      CAPTURE(which, stream == Stream::require);
      CHECK(apart(halves.out, exact.out) <= 2 * apart(floats.out, exact.out) + 1e-7);
      CHECK(apart(mixed.out, exact.out) <= 2 * apart(floats.out, exact.out) + 1e-7);
      CHECK(apart(halves.logsumexp, exact.logsumexp) <= 2 * apart(floats.logsumexp, exact.logsumexp) + 1e-6);
    }
}

TEMPLATE_LIST_TEST_CASE("attend() of halves gives halves, each the nearest to what floats give", "", HalfElements) {
  using H = TestType;
  const Both<H> q({1, 2, 33, 8}, 0), k({1, 2, 61, 8}, 1), v({1, 2, 61, 4}, 2);
  const auto halves = attend(q.halves, k.halves, v.halves, {.causal = true});
  static_assert(std::is_same_v<decltype(halves), const Array<H>>);
  const Array<float> wide = attend_all<float>(q.halves, k.halves, v.halves, {.causal = true}, {}, {}).out;
  REQUIRE(halves.extents() == wide.extents());
  for (std::size_t n = 0; n < wide.size(); ++n) REQUIRE(static_cast<float>(halves[n]) == static_cast<float>(H(wide[n])));
  static_assert(std::is_same_v<decltype(attend(q.floats, k.halves, v.halves)), Array<float>>);
}

TEMPLATE_LIST_TEST_CASE("gradients, packed sequences and pages take halves", "", HalfElements) {
  using H = TestType;
  const Both<H> q({1, 2, 40, 8}, 0), k({1, 2, 50, 8}, 1), v({1, 2, 50, 4}, 2), g({1, 2, 40, 4}, 3);
  const auto exact = attend_gradients<double>(q.exact, k.exact, v.exact, g.exact, {.causal = true});
  const auto floats = attend_gradients<float>(q.halves, k.halves, v.halves, g.halves, {.causal = true});
  CHECK(apart(floats.out, exact.out) < 1e-5);
  CHECK(apart(floats.q, exact.q) < 1e-5);
  CHECK(apart(floats.k, exact.k) < 1e-5);
  CHECK(apart(floats.v, exact.v) < 1e-5);

  const Both<H> packed_q({9, 2, 8}, 0), packed_k({11, 1, 8}, 1), packed_v({11, 1, 4}, 2);
  const Array<double> q_starts = array_of({3}, {0, 4, 9}), k_starts = array_of({3}, {0, 6, 11});
  const Array<float> q_starts_f = array_of<float>({3}, {0, 4, 9}), k_starts_f = array_of<float>({3}, {0, 6, 11});
  CHECK(apart(attend_packed<float>(packed_q.halves, packed_k.halves, packed_v.halves, q_starts_f, k_starts_f),
              attend_packed<double>(packed_q.exact, packed_k.exact, packed_v.exact, q_starts, k_starts)) < 1e-5);

  const Both<H> one({2, 4, 1, 8}, 0), key_pages({6, 16, 2, 8}, 1), value_pages({6, 16, 2, 4}, 2);
  const Array<double> table = array_of({2, 3}, {4, 0, 5, 1, 3, 2}), lengths = array_of({2}, {48, 21});
  const Array<float> table_f = array_of<float>({2, 3}, {4, 0, 5, 1, 3, 2}), lengths_f = array_of<float>({2}, {48, 21});
  CHECK(apart(attend_paged<float>(one.halves, key_pages.halves, value_pages.halves, table_f, lengths_f),
              attend_paged<double>(one.exact, key_pages.exact, value_pages.exact, table, lengths)) < 1e-5);
}

TEMPLATE_LIST_TEST_CASE("layers take weights of halves, and rows of halves or floats", "", HalfElements) {
  using H = TestType;
  const Both<H> w({8, 8}, 0), x({2, 5, 8}, 1), bias({8}, 2), gate({8, 2, 4}, 3), gate_bias({2, 4}, 4), query({8, 2, 4}, 5), output({2, 4, 8}, 6), mask({2, 1, 1, 5}, 7);
  const auto layer = [&]<class T>(const auto& weights, const auto& biases) {
    MultiHeadSettings settings;
    settings.heads = 2;
    return MultiHeadAttention<T>(settings, {.query = weights, .key = weights, .value = weights, .output = weights, .query_bias = biases});
  };
  const auto exact = layer.template operator()<double>(w.exact, bias.exact)(x.exact, x.exact, x.exact);
  const auto of_halves = layer.template operator()<float>(w.halves, bias.halves);
  CHECK(apart(of_halves(x.halves, x.halves, x.halves), exact) < 1e-5);
  CHECK(apart(of_halves(x.floats, x.floats, x.floats), exact) < 1e-5);
  CHECK(apart(layer.template operator()<float>(w.floats, bias.halves)(x.halves, x.floats, x.halves), exact) < 1e-5);

  GatedSettings settings;
  settings.heads = 2;
  const auto gated = [&]<class T>(const auto& of) {
    return GatedAttention<T>(settings, {.query = of(query), .key = of(query), .value = of(query), .gating = of(gate), .gating_bias = of(gate_bias), .output = of(output), .output_bias = of(bias)});
  };
  const auto in_double = gated.template operator()<double>([](const Both<H>& one) { return Given<double>(one.exact); });
  const auto in_halves = gated.template operator()<float>([](const Both<H>& one) { return Given<float>(one.halves); });
  CHECK(apart(in_halves(x.halves, x.halves, mask.halves), in_double(x.exact, x.exact, mask.exact)) < 1e-5);
}

TEST_CASE("what is given tells its type, and its numbers one by one") {
  const Both<bfloat16> x({2, 3}, 1);
  const Given<float> halves(x.halves), floats(x.floats);
  CHECK(halves.dtype() == DType::bf16);
  CHECK(halves.data() == nullptr);
  CHECK(halves.address() == x.halves.data());
  CHECK(floats.data() == x.floats.data());
  for (Stride n = 0; n < 6; ++n) {
    CHECK(halves.number_at(n) == x.floats[static_cast<std::size_t>(n)]);
    CHECK(floats.number_at(n) == x.floats[static_cast<std::size_t>(n)]);
    CHECK(Given<double>(x.exact).number_at(n) == x.exact[static_cast<std::size_t>(n)]);
  }
  static_assert(!std::is_constructible_v<Given<float>, const Array<double>&>);
  static_assert(!std::is_constructible_v<Given<double>, const Array<bfloat16>&>);
}
