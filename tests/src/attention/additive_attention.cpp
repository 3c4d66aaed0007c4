// Additive attention: its scores by loops, its lengths, and memory that never holds the hidden features of all pairs.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("scores are w tanh(W_q q + W_k k) for queries and keys of different widths") {
  const Array<double> q = wave({2, 3, 5}, 0), k = wave({2, 4, 6}, 1), v = wave({2, 4, 2}, 2), wq = wave({7, 5}, 3), wk = wave({7, 6}, 4), w = wave({7}, 5);
  const auto got = AdditiveAttention<double>({wq, wk, w}).compute(q, k, v, {}, {.weights = true});
  double score = 0;  // of batch 1, query 2, key 3
  for (std::size_t h = 0; h < 7; ++h) {
    double sum = 0;
    for (std::size_t a = 0; a < 5; ++a) sum += wq[h * 5 + a] * q[(3 + 2) * 5 + a];
    for (std::size_t a = 0; a < 6; ++a) sum += wk[h * 6 + a] * k[(4 + 3) * 6 + a];
    score += w[h] * std::tanh(sum);
  }
  CHECK(got.scores[(3 + 2) * 4 + 3] == Approx(score));
  CHECK(got.out.extents() == Shape{2, 3, 2});
}

TEST_CASE("keys beyond the valid length do not matter, and no keys mean all of them") {
  const Array<double> q = wave({2, 3, 5}, 0), k = wave({2, 4, 6}, 1), v = wave({2, 4, 2}, 2);
  const AdditiveAttention<double> layer({wave({7, 5}, 3), wave({7, 6}, 4), wave({7}, 5)});
  const auto got = layer.compute(q, k, v, array_of({2}, {2, 0}), {.weights = true});
  const Array<double> shorter = layer(picked(q, 0, {0}), picked(picked(k, 0, {0}), 1, {0, 1}), picked(picked(v, 0, {0}), 1, {0, 1}));
  for (std::size_t n = 0; n < 6; ++n) CHECK(got.out[n] == Approx(shorter[n]));
  for (std::size_t n = 12; n < 24; ++n) CHECK(got.weights[n] == 0.25);
  const Array<double> each = layer(q, k, v, array_of({2, 3}, {2, 2, 2, 0, 0, 0}));
  CHECK(apart(each, got.out) < 1e-15);
}

TEST_CASE("keys and values must be equally many") {
  const AdditiveAttention<double> layer({wave({7, 5}, 3), wave({7, 6}, 4), wave({7}, 5)});
  CHECK_THROWS_AS(layer(wave({2, 3, 5}, 0), wave({2, 4, 6}, 1), wave({2, 5, 2}, 2)), Error);
}
