// heads_of_a_sentence.cpp: four words of six features, seen by three heads of two features each: how a row is split, and what
// the heads make of it. Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  // 1 to 24, word by word: the third word, with 13 to 18, becomes (13 14), (15 16), (17 18).
  Array<double> numbers({1, 4, 6});
  for (std::size_t n = 0; n < 24; ++n) numbers[n] = static_cast<double>(n + 1);
  Program p;
  const Tensor heads = attention::split_heads(p.input("x", "bse"), "e", "hd", 3);
  p.output("heads", heads, "bhsd");
  p.output("merged", attention::combine_heads(heads, "hd", "e"), "bse");
  const auto split = compile(p, {{1, 4, 6}}, {.dtype = DType::f64}).outputs(numbers);
  std::printf("the third word, head by head:");
  for (std::size_t h = 0; h < 3; ++h) std::printf(" (%g %g)", split[0][h * 8 + 4], split[0][h * 8 + 5]);
  std::printf("\nmerged again:\n");
  const std::vector<double> all(numbers.data(), numbers.data() + 24);
  bool right = examples::report(split[1], all, 0) && split[0][4] == 13 && split[0][13] == 16 && split[0][20] == 17;

  // Weights meet the words from the right, x W, without biases.
  const attention::MultiHeadWeights<double> weights{examples::wave({6, 6}, 0.5, 1), examples::wave({6, 6}, 1, 1), examples::wave({6, 6}, 1.5, 1),
                                                    examples::wave({6, 6}, 2, 1)};
  const attention::MultiHeadAttention<double> layer({.heads = 3, .order = attention::WeightOrder::input_output}, weights);
  const auto x = examples::wave({1, 4, 6}, 0, 1);
  const Array<double> out = layer(x, x, x);
  std::printf("after attention:\n");
  for (std::size_t s = 0; s < 4; ++s) {
    for (std::size_t e = 0; e < 6; ++e) std::printf(" %10.6f", out[6 * s + e]);
    std::printf("\n");
  }
  right = examples::report(out,
                           {2.4518399716666446, 2.50006880803843, 2.523317783293169, 2.5213546013552053,
                            2.494198877689523, 2.4421219433104997, 2.3965242023575537, 2.3608938892881737,
                            2.301674304884788, 2.2194571516593635, 2.115063916229552, 1.9895376612959514,
                            2.2538014972521103, 2.2008686436632745, 2.125945438097404, 2.0297804884581945,
                            1.913334643134534, 1.7777713905210186, 2.2294918161615005, 2.177007087763495,
                            2.1027704241674225, 2.0075235735765586, 1.8922182110375836, 1.758006429618102},
                           1e-12) &&
          right;
  return right ? 0 : 1;
}
