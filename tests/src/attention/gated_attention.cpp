// Gated attention: gates, biases and masks do what they promise, and bf16 means that every number is one of bf16.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

const GatedSettings settings{.heads = 2, .key_width = 4, .value_width = 6};
GatedWeights<double> weights() {
  return {wave({6, 2, 2}, 1), wave({5, 2, 2}, 2), wave({5, 2, 3}, 3), wave({6, 2, 3}, 4), wave({2, 3}, 5), wave({2, 3, 7}, 6), wave({7}, 7)};
}
const Array<double> queries = wave({2, 3, 6}, 0), memory = wave({2, 4, 5}, 1);
Array<double> ones(const Shape& shape) { return wave(shape, 0, 0, 1); }

}  // namespace

TEST_CASE("initial gates let sigmoid(1) through, and initial outputs may be zeros") {
  auto initial = GatedAttention<double>::initial(settings, {6, 5, 7}, false, 1);
  GatedSettings open = settings;
  open.gating = false;
  const Array<double> gated = GatedAttention<double>(settings, initial)(queries, memory, ones({2, 1, 1, 4}));
  const Array<double> plain = GatedAttention<double>(open, initial)(queries, memory, ones({2, 1, 1, 4}));
  for (std::size_t n = 0; n < gated.size(); ++n) CHECK(gated[n] == Approx(0.7310585786300049 * plain[n]).margin(1e-15));
  initial = GatedAttention<double>::initial(settings, {6, 5, 7}, true, 1);
  const Array<double> zero = GatedAttention<double>(settings, initial)(queries, memory, ones({2, 1, 1, 4}));
  CHECK(apart(zero, wave({2, 3, 7}, 0, 0)) == 0);
}

TEST_CASE("initial weights are the same for one seed, and within their limit") {
  const auto one = GatedAttention<double>::initial(settings, {6, 5, 7}, false, 3), same = GatedAttention<double>::initial(settings, {6, 5, 7}, false, 3),
             other = GatedAttention<double>::initial(settings, {6, 5, 7}, false, 4);
  CHECK(one.query.data()[5] == same.query.data()[5]);
  CHECK(one.query.data()[5] != other.query.data()[5]);
  double largest = 0;
  for (std::size_t n = 0; n < 24; ++n) largest = std::max(largest, std::abs(one.query.data()[n]));
  CHECK(largest < std::sqrt(6.0 / (2 * 6 + 2 * 6)));
  CHECK(largest > 0.5 * std::sqrt(6.0 / (2 * 6 + 2 * 6)));
}

TEST_CASE("a bias without heads serves all of them, and is lost where a row sees nothing") {
  const GatedAttention<double> layer(settings, weights());
  const Array<double> bias = wave({3, 4}, 8);
  Array<double> repeated({2, 3, 4});
  for (std::size_t n = 0; n < 24; ++n) repeated[n] = bias[n % 12];
  const Array<double> mask = array_of({2, 1, 1, 4}, {1, 0, 1, 1, 0, 0, 0, 0});
  const auto got = layer.compute(queries, memory, mask, bias, {.weights = true});
  CHECK(apart(got.out, layer(queries, memory, mask, repeated)) < 1e-15);
  CHECK(got.weights[1] == 0);
  for (std::size_t n = 24; n < 48; ++n) CHECK(got.weights[n] == 0.25);
}

TEST_CASE("in bf16 every result has eight bits, and is near the exact one") {
  GatedSettings rounded = settings;
  rounded.round_bf16 = true;
  const Array<double> bias = wave({2, 3, 4}, 8), mask = ones({1, 1, 1, 4});
  const Array<double> got = GatedAttention<double>(rounded, weights())(queries, memory, mask, bias);
  const Array<double> exact = GatedAttention<double>(settings, weights())(queries, memory, mask, bias);
  for (std::size_t n = 0; n < got.size(); ++n) {
    int exponent = 0;
    const double mantissa = std::frexp(got[n], &exponent) * 256;
    CHECK(mantissa == std::round(mantissa));
  }
  CHECK(apart(got, exact) > 0);
  CHECK(apart(got, exact) < 0.15);
}

TEST_CASE("heads must divide the widths, and masks have rank 4") {
  CHECK_THROWS_WITH((GatedAttention<double>({.heads = 4, .key_width = 6}, weights())), ContainsSubstring("4 heads cannot share the key features"));
  CHECK_THROWS_WITH((GatedAttention<double>({.heads = 2, .value_width = 5}, weights())), ContainsSubstring("2 heads cannot share the value features"));
  CHECK_THROWS_AS((GatedAttention<double>({.heads = 2, .key_width = 8}, weights())), Error);
  const GatedAttention<double> layer(settings, weights());
  CHECK_THROWS_WITH(layer(queries, memory, ones({2, 3, 4})), ContainsSubstring("[b, 1, 1, k]"));
  CHECK_THROWS_AS(layer(queries, memory, ones({2, 1, 1, 4}), ones({2, 2, 3, 4})), Error);
  CHECK_THROWS_AS(layer(queries, memory, ones({2, 1, 1, 3})), Error);
}
