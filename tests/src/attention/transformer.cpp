// An encoder-decoder: decoding word after word gives the logits of decoding all words at once.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/attention_weights.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

Transformer<double> small() {
  TransformerWeights<double> weights{wave({6, 4}, 0), wave({5, 4}, 1), {}, {}, wave({5, 4}, 2), wave({5}, 3)};
  for (int n = 0; n < 2; ++n) weights.encoder.push_back(encoder_weights(4, 6, n)), weights.decoder.push_back(decoder_weights(4, 6, 3 + n));
  return Transformer<double>(2, std::move(weights));
}

}  // namespace

TEST_CASE("word after word gives the same logits as all at once") {
  const Transformer<double> transformer = small();
  const Array<double> source = array_of({2, 4}, {2, 5, 1, 0, 3, 4, 0, 0}), target = array_of({2, 3}, {1, 3, 2, 1, 2, 4}), length = array_of({2}, {3, 2});
  const Array<double> encoded = transformer.encode(source, length), all = transformer.decode(target, encoded, length);
  CHECK(all.extents() == Shape{2, 3, 5});
  auto past = transformer.begin(encoded);
  for (Extent n = 0; n < 3; ++n) CHECK(apart(transformer.step(picked(target, 1, {n}), past, length), picked(all, 1, {n})) < 1e-13);
  CHECK(past.length == 3);
}

TEST_CASE("words behind the length of the source change nothing") {
  const Transformer<double> transformer = small();
  const Array<double> length = array_of({1}, {2}), target = array_of({1, 2}, {1, 3});
  const Array<double> one = transformer.encode(array_of({1, 4}, {2, 5, 1, 0}), length), other = transformer.encode(array_of({1, 4}, {2, 5, 3, 3}), length);
  CHECK(apart(picked(one, 1, {0, 1}), picked(other, 1, {0, 1})) < 1e-13);
  CHECK(apart(transformer.decode(target, one, length), transformer.decode(target, other, length)) < 1e-13);
}

TEST_CASE("a past of another transformer is refused") {
  Transformer<double>::Past past;
  CHECK_THROWS_AS(small().step(array_of({1, 1}, {0}), past, {}), Error);
}
