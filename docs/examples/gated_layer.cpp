// gated_layer.cpp: gated attention from the library, in full precision and with every result rounded to bf16.
// Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  using examples::wave;
  const attention::GatedWeights<double> weights{.query = wave({6, 2, 2}, 0.6, 0.7),     .key = wave({5, 2, 2}, 0.9, 0.7),
                                                .value = wave({5, 2, 3}, 1.2, 0.7),     .gating = wave({6, 2, 3}, 1.8, 0.5),
                                                .gating_bias = wave({2, 3}, 2.1, 0.4, 1), .output = wave({2, 3, 7}, 2.4, 0.7),
                                                .output_bias = wave({7}, 2.7, 0.3)};
  const auto to = wave({2, 3, 6}, 0, 1), from = wave({2, 4, 5}, 0.3, 1), bias = wave({2, 3, 4}, 1.5, 0.8);
  const xt::xarray<double> mask = {{{{1, 1, 0, 1}}}, {{{1, 1, 1, 0}}}};
  const std::vector<double> expected = {-0.36598622493048205, -0.5095916473005506, -0.6481053983793948, -0.7801434945527935,
                                        -0.904386654809774, -1.019593482562377, -1.1246128692700124, -0.4045995339364673,
                                        -0.5571561482531073, -0.7041458425077384, -0.8440999442637013, -0.9756200783989264,
                                        -1.0973921392079102, -1.2081994205115412, -0.4127641396944828, -0.5721197441359307,
                                        -0.7257589172116159, -0.8721465470905244, -1.0098199769642238, -1.1374036194302006,
                                        -1.2536227009064809, -0.5011238179608071, -0.63496349556235, -0.7624588278072595,
                                        -0.8823359234800983, -0.9933970102670032, -1.0945324025007135, -1.1847315887729462,
                                        -0.6047025455129025, -0.7387085789518981, -0.8653336804545976, -0.9833126538634787,
                                        -1.091466692274905, -1.1887151562880403, -1.2740863713965342, -0.2885223681873196,
                                        -0.3217704997668557, -0.3518036068759074, -0.37832160863586595, -0.4010595459388322,
                                        -0.4197902288314377, -0.43432650652175997};

  const attention::GatedAttention<double> layer({.heads = 2, .key_width = 4, .value_width = 6}, weights);
  bool right = examples::report(layer(to, from, mask, bias), expected, 1e-12);
  std::printf("rounded to bf16 after every step:\n");
  const attention::GatedAttention<double> rounded({.heads = 2, .key_width = 4, .value_width = 6, .round_bf16 = true}, weights);
  right = examples::report(rounded(to, from, mask, bias), expected, 0.02) && right;
  return right ? 0 : 1;
}
