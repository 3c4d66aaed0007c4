// Encoder blocks: what lies beyond a length changes nothing before it, and weights are held against the heads.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/attention_weights.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("padding behind the valid length does not reach the rows before it") {
  const EncoderBlock<double> block(2, encoder_weights(6, 8, 0));
  const Array<double> x = wave({1, 4, 6}, 0), length = array_of({1}, {4});
  Array<double> padded({1, 6, 6});
  for (std::size_t n = 0; n < padded.size(); ++n) padded[n] = n < x.size() ? x[n] : 100;
  const Array<double> alone = block(x), with_padding = block(padded, length);
  CHECK(apart(picked(with_padding, 1, range(0, 4)), alone) < 1e-13);
}

TEST_CASE("every row of the result is normed") {
  auto weights = encoder_weights(6, 8, 0);
  weights.norm2 = {wave({6}, 0, 0, 1), wave({6}, 0, 0, 0)};
  const Array<double> y = EncoderBlock<double>(3, weights)(wave({2, 4, 6}, 1));
  for (std::size_t row = 0; row < 8; ++row) {
    double mean = 0, square = 0;
    for (std::size_t e = 0; e < 6; ++e) mean += y[6 * row + e] / 6, square += y[6 * row + e] * y[6 * row + e] / 6;
    CHECK(std::abs(mean) < 1e-14);
    CHECK(square == Approx(1).margin(1e-3));
  }
}

TEST_CASE("heads that do not divide the features are refused") { CHECK_THROWS_AS((EncoderBlock<double>(4, encoder_weights(6, 8, 0))), Error); }
