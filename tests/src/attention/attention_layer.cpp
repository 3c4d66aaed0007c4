// tanh projections: the scale is the only difference between the two readings, and global is the sum of rows.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("a batch of one is the array without a batch") {
  const AttentionLayerWeights<double> weights{wave({3, 4}, 1), wave({3, 4}, 2), wave({3, 4}, 3), wave({3}, 4), wave({3}, 5), wave({3}, 6)};
  const Array<double> x = wave({1, 5, 4}, 0);
  const AttentionLayer<double> layer(weights);
  const auto batch = layer(x, {.weights = true}), alone = layer(TensorView<const double>(x.data(), {5, 4}));
  CHECK(batch.rows.extents() == Shape{1, 5, 3});
  CHECK(alone.global.extents() == Shape{3});
  for (std::size_t n = 0; n < 15; ++n) CHECK(batch.rows[n] == Approx(alone.rows[n]).margin(1e-15));
  double sum = 0;
  for (std::size_t n = 0; n < 5; ++n) sum += batch.rows[3 * n + 1];
  CHECK(batch.global[1] == Approx(sum));
}

TEST_CASE("scaled scores are weaker scores") {
  const AttentionLayerWeights<double> weights{wave({3, 4}, 1), wave({3, 4}, 2), wave({3, 4}, 3)};
  const Array<double> x = wave({5, 4}, 0);
  const auto plain = AttentionLayer<double>(weights)(x, {.weights = true}), scaled = AttentionLayer<double>(weights, true)(x, {.weights = true});
  // log(w / w') of one row are differences of scores: a third of a root of 3 apart.
  const double a = std::log(plain.weights[1] / plain.weights[0]), b = std::log(scaled.weights[1] / scaled.weights[0]);
  CHECK(a == Approx(std::sqrt(3.0) * b));
}
