// decoder_steps.cpp: a decoder block over four positions at once, and then one by one with a memory of the past: the same rows.
// Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  using examples::wave;
  const attention::DecoderBlock<double> block(
      3, {.attention = {wave({6, 6}, 0.97, 0.6), wave({6, 6}, 1.34, 0.6), wave({6, 6}, 1.71, 0.6), wave({6, 6}, 2.08, 0.6)},
          .cross = {wave({6, 6}, 2.45, 0.6), wave({6, 6}, 2.82, 0.6), wave({6, 6}, 3.19, 0.6), wave({6, 6}, 3.56, 0.6)},
          .feed_forward = {wave({8, 6}, 3.93, 0.6), wave({8}, 4.3, 0.2), wave({6, 8}, 4.67, 0.6), wave({6}, 5.04, 0.2)},
          .norm1 = {wave({6}, 5.41, 0.3, 1), wave({6}, 5.78, 0.1)},
          .norm2 = {wave({6}, 6.15, 0.3, 1), wave({6}, 6.52, 0.1)},
          .norm3 = {wave({6}, 6.89, 0.3, 1), wave({6}, 7.26, 0.1)}});
  const auto x = wave({2, 4, 6}, 0.1, 1), encoded = wave({2, 5, 6}, 0.9, 1);
  const xt::xarray<double> encoded_length = {4, 2};
  const std::vector<double> expected = {-0.3961750115252816, 0.8933187514940795, 1.4768105515479577, 1.0513309129474184,
                                        -0.3280997442672415, -2.2288033856986034, -0.35324154535028934, 0.8947316381072551,
                                        1.4634221951930704, 1.0424333511878299, -0.332017300024552, -2.249751908872095,
                                        -0.32128822666706075, 0.8997751289804728, 1.4549947371599572, 1.0323097636565008,
                                        -0.3398933122298216, -2.26257141650968, -0.28742736462727275, 0.9062488464597324,
                                        1.4464352852378224, 1.0203926768789378, -0.3498254356416564, -2.274917120730777,
                                        -1.1632407999093435, -1.252354294942393, -0.6143198034229321, 0.42906284015994967,
                                        1.4104088600908202, 1.9388727287228034, -0.18463691986663366, -1.0805360775286599,
                                        -1.1268973369404698, -0.3309912274680676, 1.008199189875962, 2.41767769528016,
                                        -0.2558543489661813, -1.0486130210065683, -1.0857181054636298, -0.3373257258260355,
                                        0.9731210192723124, 2.459982563635686, -0.288142652644832, -1.0514293037235134,
                                        -1.0717868113219986, -0.32187992134771454, 0.9800525536979423, 2.460558718799907};

  std::printf("all positions at once:\n");
  bool right = examples::report(block(x, encoded, encoded_length), expected, 1e-12);

  std::printf("one position after the other:\n");
  auto past = block.begin(encoded);
  for (std::size_t t = 0; t < 4; ++t) {
    const TensorView<const double> token(x.data() + 6 * t, {2, 1, 6}, {24, 6, 1});  // position t of both batches, read in place
    const Array<double> row = block.step(token, past, encoded_length);
    std::vector<double> rows;
    for (std::size_t b = 0; b < 2; ++b)
      for (std::size_t e = 0; e < 6; ++e) rows.push_back(expected[(4 * b + t) * 6 + e]);
    right = examples::report(row, rows, 1e-12) && right;
  }
  return right ? 0 : 1;
}
