// Weights of blocks as inputs: matrices are seen as heads without a copy, and those that contradict one another are refused.
#include "attention/sublayers.hpp"

#include "support/attention_data.hpp"
#include "support/attention_weights.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("matrices become heads by strides") {
  std::vector<attention::detail::Input> inputs;
  const auto weights = encoder_weights(6, 8, 0).attention;
  attention::detail::add_attention(inputs, "cross_", weights, 3);
  REQUIRE(inputs.size() == 4);
  CHECK(inputs[0].name == "cross_W_q");
  CHECK(inputs[0].extents == Shape{3, 2, 6});
  CHECK(inputs[0].array.data == weights.query.data());
  CHECK(inputs[3].extents == Shape{6, 3, 2});
  CHECK(inputs[3].strides == Strides{6, 2, 1});
}

TEST_CASE("matrices that cannot work together are refused") {
  auto weights = encoder_weights(6, 8, 0).attention;
  CHECK_NOTHROW(attention::detail::need_attention(weights, 3));
  CHECK_THROWS_AS(attention::detail::need_attention(weights, 4), Error);
  weights.key = wave({4, 6}, 0);
  CHECK_THROWS_AS(attention::detail::need_attention(weights, 2), Error);
  weights = encoder_weights(6, 8, 0).attention;
  weights.output = wave({6, 4}, 0);
  CHECK_THROWS_AS(attention::detail::need_attention(weights, 2), Error);
}
