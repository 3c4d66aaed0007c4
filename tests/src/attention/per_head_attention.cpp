// Weights stored head by head: heads side by side own their columns, and added heads are the sum of these blocks.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("column h * d + e belongs to head h, and the sum adds the blocks") {
  const Array<double> x = wave({4, 5}, 0);
  const PerHeadWeights<double> weights{wave({3, 5, 2}, 1), wave({3, 5, 2}, 2), wave({3, 5, 4}, 3), wave({3, 4, 6}, 4)};
  const auto side_by_side = PerHeadAttention<double>(weights).compute(x, {.weights = true, .heads = true});
  const Array<double> added = PerHeadAttention<double>(weights, Combine::sum)(x);
  CHECK(side_by_side.out.extents() == Shape{4, 18});
  CHECK(added.extents() == Shape{4, 6});
  for (std::size_t s = 0; s < 4; ++s)
    for (std::size_t d = 0; d < 6; ++d) {
      double sum = 0;
      for (std::size_t h = 0; h < 3; ++h) {
        sum += side_by_side.out[s * 18 + h * 6 + d];
        CHECK(side_by_side.out[s * 18 + h * 6 + d] == side_by_side.projected[(h * 4 + s) * 6 + d]);
      }
      CHECK(added[s * 6 + d] == Approx(sum).margin(1e-14));
    }
}

TEST_CASE("one token attends to itself alone, and none gives an empty array") {
  const PerHeadWeights<float> weights{wave<float>({2, 3, 2}, 1), wave<float>({2, 3, 2}, 2), wave<float>({2, 3, 2}, 3), wave<float>({2, 2, 2}, 4)};
  const PerHeadAttention<float> layer(weights);
  const auto one = layer.compute(wave<float>({1, 3}, 0), {.weights = true});
  CHECK(one.weights[0] == 1);
  CHECK(one.weights[1] == 1);
  CHECK(layer(Array<float>({0, 3})).extents() == Shape{0, 4});
}

TEST_CASE("queries and keys must have equally many features") {
  CHECK_THROWS_WITH((PerHeadAttention<double>({wave({2, 3, 2}, 1), wave({2, 3, 3}, 2), wave({2, 3, 2}, 3), wave({2, 2, 2}, 4)})),
                    ContainsSubstring("2 for queries, 3 for keys"));
}
