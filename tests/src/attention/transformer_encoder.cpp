// An encoder of several layers: held against plain loops, with both places of the norms; masks, settings and refusals.
#include <einc/attention_layers.hpp>

#include <cmath>

#include "support/attention_data.hpp"
#include "support/attention_weights.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

using Rows = std::vector<std::vector<double>>;

EncoderBlockWeights<double> biased_weights(Extent width, Extent hidden, double phase) {
  EncoderBlockWeights<double> weights = encoder_weights(width, hidden, phase);
  weights.attention_bias = {wave({width}, phase, 0.4), wave({width}, phase + 0.2, 0.4), wave({width}, phase + 0.4, 0.4), wave({width}, phase + 0.6, 0.4)};
  return weights;
}

double at(const Given<double>& array, std::size_t n) { return array ? array.data()[n] : 0; }

Rows linear_of(const Rows& x, const Given<double>& matrix, const Given<double>& bias) {
  const auto out = static_cast<std::size_t>(matrix.extent(0)), in = static_cast<std::size_t>(matrix.extent(1));
  Rows y(x.size(), std::vector<double>(out));
  for (std::size_t row = 0; row < x.size(); ++row)
    for (std::size_t o = 0; o < out; ++o) {
      y[row][o] = at(bias, o);
      for (std::size_t i = 0; i < in; ++i) y[row][o] += x[row][i] * at(matrix, o * in + i);
    }
  return y;
}

Rows norm_of(const Rows& x, const NormWeights<double>& norm, double epsilon) {
  Rows y = x;
  for (std::vector<double>& row : y) {
    double mean = 0, square = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    for (const double value : row) square += (value - mean) * (value - mean) / static_cast<double>(row.size());
    for (std::size_t e = 0; e < row.size(); ++e) row[e] = (row[e] - mean) / std::sqrt(square + epsilon) * at(norm.gamma, e) + at(norm.beta, e);
  }
  return y;
}

Rows sum_of(Rows x, const Rows& y) {
  for (std::size_t row = 0; row < x.size(); ++row)
    for (std::size_t e = 0; e < x[row].size(); ++e) x[row][e] += y[row][e];
  return x;
}

Rows attended(const Rows& x, const EncoderBlockWeights<double>& weights, std::size_t heads, bool causal) {
  const Rows q = linear_of(x, weights.attention.query, weights.attention_bias.query), k = linear_of(x, weights.attention.key, weights.attention_bias.key),
             v = linear_of(x, weights.attention.value, weights.attention_bias.value);
  const std::size_t each = q[0].size() / heads;
  Rows out(x.size(), std::vector<double>(q[0].size(), 0));
  for (std::size_t head = 0; head < heads; ++head)
    for (std::size_t row = 0; row < x.size(); ++row) {
      std::vector<double> weight(x.size(), 0);
      double sum = 0;
      for (std::size_t key = 0; key < (causal ? row + 1 : x.size()); ++key) {
        double score = 0;
        for (std::size_t c = head * each; c < (head + 1) * each; ++c) score += q[row][c] * k[key][c];
        sum += weight[key] = std::exp(score / std::sqrt(static_cast<double>(each)));
      }
      for (std::size_t key = 0; key < x.size(); ++key)
        for (std::size_t c = head * each; c < (head + 1) * each; ++c) out[row][c] += weight[key] / sum * v[key][c];
    }
  return linear_of(out, weights.attention.output, weights.attention_bias.output);
}

Rows fed(const Rows& x, const FeedForwardWeights<double>& weights, Activation activation) {
  Rows hidden = linear_of(x, weights.w1, weights.b1);
  for (std::vector<double>& row : hidden)
    for (double& value : row) value = activation == Activation::gelu ? value * (1 + std::erf(value / std::sqrt(2.0))) / 2 : std::max(value, 0.0);
  return linear_of(hidden, weights.w2, weights.b2);
}

// What the layers give for one sequence, by plain loops.
Rows reference(Rows x, const EncoderSettings& settings, const std::vector<EncoderBlockWeights<double>>& layers) {
  const auto heads = static_cast<std::size_t>(settings.heads);
  for (const EncoderBlockWeights<double>& layer : layers) {
    const auto normed = [&](const Rows& rows, const NormWeights<double>& norm) { return norm_of(rows, norm, settings.epsilon); };
    if (settings.norm_first) {
      x = sum_of(x, attended(normed(x, layer.norm1), layer, heads, settings.scoring.causal));
      x = sum_of(x, fed(normed(x, layer.norm2), layer.feed_forward, settings.activation));
    } else {
      x = normed(sum_of(x, attended(x, layer, heads, settings.scoring.causal)), layer.norm1);
      x = normed(sum_of(x, fed(x, layer.feed_forward, settings.activation)), layer.norm2);
    }
  }
  return x;
}

double worst(const Array<double>& got, const Array<double>& x, const EncoderSettings& settings, const std::vector<EncoderBlockWeights<double>>& layers,
             const NormWeights<double>& norm = {}) {
  const auto length = static_cast<std::size_t>(x.extents()[1]), width = static_cast<std::size_t>(x.extents()[2]);
  double most = 0;
  for (std::size_t batch = 0; batch < static_cast<std::size_t>(x.extents()[0]); ++batch) {
    Rows rows(length, std::vector<double>(width));
    for (std::size_t n = 0; n < length * width; ++n) rows[n / width][n % width] = x[batch * length * width + n];
    rows = reference(std::move(rows), settings, layers);
    if (norm.gamma) rows = norm_of(rows, norm, settings.epsilon);
    for (std::size_t n = 0; n < length * width; ++n) most = std::max(most, std::abs(got[batch * length * width + n] - rows[n / width][n % width]));
  }
  return most;
}

}  // namespace

TEST_CASE("layers of an encoder are what plain loops give, wherever the norms stand") {
  const std::vector<EncoderBlockWeights<double>> layers = {biased_weights(12, 20, 0), encoder_weights(12, 9, 1), biased_weights(12, 12, 2)};
  const NormWeights<double> norm = norm_weights(12, 5);
  const Array<double> x = wave({2, 7, 12}, 0.3);
  for (const bool norm_first : {false, true})
    for (const Activation activation : {Activation::relu, Activation::gelu})
      for (const bool causal : {false, true}) {
        CAPTURE(norm_first, static_cast<int>(activation), causal);
        const EncoderSettings settings{.heads = 3, .activation = activation, .norm_first = norm_first, .epsilon = 1e-3, .scoring = {.causal = causal}};
        CHECK(worst(TransformerEncoder<double>(settings, layers)(x), x, settings, layers) < 1e-12);
        CHECK(worst(TransformerEncoder<double>(settings, layers, norm)(x), x, settings, layers, norm) < 1e-12);
      }
}

TEST_CASE("lengths at which attention streams give the same") {
  const std::vector<EncoderBlockWeights<double>> layers = {biased_weights(16, 24, 0), biased_weights(16, 24, 1)};
  const EncoderSettings settings{.heads = 2, .activation = Activation::gelu};
  const Array<double> x = wave({1, 301, 16}, 0.3);
  CHECK(worst(TransformerEncoder<double>(settings, layers, {}, {.stream = Stream::require})(x), x, settings, layers) < 1e-11);
}

TEST_CASE("hidden keys do not reach the rows that are left") {
  const std::vector<EncoderBlockWeights<double>> layers = {biased_weights(6, 8, 0), biased_weights(6, 8, 1)};
  const TransformerEncoder<double> encoder({.heads = 2}, layers);
  const Array<double> x = wave({1, 4, 6}, 0), length = array_of({1}, {4});
  Array<double> padded({1, 6, 6});
  for (std::size_t n = 0; n < padded.size(); ++n) padded[n] = n < x.size() ? x[n] : 100;
  CHECK(apart(picked(encoder(padded, {.valid_length = length}), 1, range(0, 4)), encoder(x)) < 1e-13);
}

TEST_CASE("one layer is an encoder block; none leaves the rows as they are") {
  const EncoderBlockWeights<double> weights = biased_weights(6, 8, 0);
  const Array<double> x = wave({2, 5, 6}, 0);
  CHECK(apart(TransformerEncoder<double>({.heads = 3}, {weights})(x), EncoderBlock<double>(3, weights)(x)) < 1e-14);
  CHECK(apart(TransformerEncoder<double>({.heads = 3}, {})(x), x) == 0);
}

TEST_CASE("all layers are one program, which the encoder can show") {
  const TransformerEncoder<float> encoder({.heads = 1}, {});
  CHECK(encoder.compiled(Array<float>({1, 2, 3})).explain().find("program  (f32)") != std::string::npos);
  const std::vector<EncoderBlockWeights<double>> layers(4, encoder_weights(8, 16, 0));
  const TransformerEncoder<double> four({.heads = 2}, layers), two({.heads = 2}, {layers[0], layers[1]});
  const Array<double> x = wave({1, 64, 8}, 0);
  CHECK(four.compiled(x).plan().arena_bytes == two.compiled(x).plan().arena_bytes);
}

TEST_CASE("weights that contradict one another are refused") {
  CHECK_THROWS_AS(TransformerEncoder<double>({.heads = 4}, {encoder_weights(6, 8, 0)}), Error);
  EncoderBlockWeights<double> weights = biased_weights(6, 8, 0);
  weights.attention_bias.key = wave({5}, 0);
  CHECK_THROWS_AS(TransformerEncoder<double>({.heads = 2}, {weights})(wave({1, 2, 6}, 0)), Error);
  CHECK_THROWS_AS(TransformerEncoder<double>({.heads = 2}, {encoder_weights(6, 8, 0)})(wave({2, 6}, 0)), Error);
  NormWeights<double> half;
  half.beta = wave({6}, 0);
  CHECK_THROWS_AS(TransformerEncoder<double>({.heads = 2}, {encoder_weights(6, 8, 0)}, half)(wave({1, 2, 6}, 0)), Error);
}
