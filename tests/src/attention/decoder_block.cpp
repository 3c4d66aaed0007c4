// Decoder blocks: the rows computed step by step are the rows computed at once, whatever the sizes of the steps.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/attention_weights.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("steps give the rows of training") {
  const DecoderBlock<double> block(3, decoder_weights(6, 8, 0));
  const Array<double> x = wave({2, 7, 6}, 0), encoded = wave({2, 5, 6}, 1), length = array_of({2}, {5, 2});
  const Array<double> all = block(x, encoded, length);
  for (const Extent step : {1, 3, 7}) {
    auto past = block.begin(encoded);
    for (Extent begin = 0; begin < 7; begin += step) {
      const Extent end = std::min<Extent>(begin + step, 7);
      CHECK(apart(block.step(picked(x, 1, range(begin, end)), past, length), picked(all, 1, range(begin, end))) < 1e-13);
    }
  }
}

TEST_CASE("no row depends on what comes after it") {
  const DecoderBlock<double> block(2, decoder_weights(6, 8, 0));
  const Array<double> x = wave({1, 7, 6}, 0), encoded = wave({1, 5, 6}, 1);
  CHECK(apart(block(picked(x, 1, range(0, 4)), encoded), picked(block(x, encoded), 1, range(0, 4))) < 1e-14);
}

TEST_CASE("arrays of another width are refused") {
  const DecoderBlock<double> block(2, decoder_weights(6, 8, 0));
  CHECK_THROWS_AS(block(wave({1, 3, 6}, 0), wave({1, 5, 4}, 1)), Error);
  CHECK_THROWS_AS(block(wave({1, 3, 4}, 0), wave({1, 5, 6}, 1)), Error);
  CHECK_THROWS_AS((DecoderBlock<double>(5, decoder_weights(6, 8, 0))), Error);
}
