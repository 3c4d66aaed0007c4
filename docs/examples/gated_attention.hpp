// gated_attention.hpp: multi-head attention with a bias, a mask and a gate, as seven einsums with a little arithmetic between.
#pragma once

#include <cmath>
#include <cstdio>

#include "common.hpp"

namespace examples {

// The weights of one layer: a features in, h heads of c for queries and keys and of v for values, o features out.
struct GatedAttention {
  xt::xarray<double> query, key, value;        // [a, h, c], [a, h, c], [a, h, v]
  xt::xarray<double> gate, gate_bias;          // [a, h, v], [h, v]
  xt::xarray<double> output, output_bias;      // [h, v, o], [o]

  // queries from `to` [b, q, a], keys and values from `from` [b, k, a]; keys with mask 0 [b, 1, 1, k] are hidden.
  xt::xarray<double> operator()(const xt::xarray<double>& to, const xt::xarray<double>& from, const xt::xarray<double>& mask,
                                const xt::xarray<double>& bias) const {
    const double scale = 1 / std::sqrt(static_cast<double>(key.shape(2)));
    const auto q = einc::einsum("bqa,ahc->bqhc", to, query);
    const auto k = einc::einsum("bka,ahc->bkhc", from, key);
    const auto v = einc::einsum("bka,ahc->bkhc", from, value);
    const auto scores = einc::einsum("bqhc,bkhc->bhqk", q * scale, k) + bias;
    const auto weights = softmax(xt::where(xt::equal(mask, 0.0), -1e9, scores));
    const auto averages = einc::einsum("bhqk,bkhc->bqhc", weights, v);
    const auto gates = sigmoid(einc::einsum("bqc, chv->bqhv", to, gate) + gate_bias);  // blanks in a text mean nothing
    return einc::einsum("bqhc,hco->bqo", averages * gates, output) + output_bias;
  }
};

inline bool gated_attention() {
  const GatedAttention layer{.query = wave({6, 2, 2}, 0.6, 0.7),     .key = wave({5, 2, 2}, 0.9, 0.7),
                             .value = wave({5, 2, 3}, 1.2, 0.7),     .gate = wave({6, 2, 3}, 1.8, 0.5),
                             .gate_bias = wave({2, 3}, 2.1, 0.4, 1), .output = wave({2, 3, 7}, 2.4, 0.7),
                             .output_bias = wave({7}, 2.7, 0.3)};
  const xt::xarray<double> to = wave({2, 3, 6}, 0, 1), from = wave({2, 4, 5}, 0.3, 1), bias = wave({2, 3, 4}, 1.5, 0.8);
  const xt::xarray<double> mask = {{{{1, 1, 0, 1}}}, {{{1, 1, 1, 0}}}};
  const auto output = layer(to, from, mask, bias);
  std::printf("  2 batches, 3 queries, 4 keys, 2 heads; one key of each batch is hidden\n");
  std::printf("  the output, 7 features for each query, to 15 digits:\n");
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t q = 0; q < 3; ++q) {
      std::printf("  [%zu, %zu]", b, q);
      for (std::size_t o = 0; o < 7; ++o) std::printf(" %.15f", output(b, q, o));
      std::printf("\n");
    }
  std::printf("\n%s\n", einc::explain("bqc, chv->bqhv", {{2, 3, 6}, {6, 2, 3}}, {.dtype = einc::DType::f64}).c_str());
  return report(output,
                {-0.36598622493048205, -0.5095916473005506, -0.6481053983793948, -0.7801434945527935, -0.904386654809774, -1.019593482562377, -1.1246128692700124,
                 -0.4045995339364673, -0.5571561482531073, -0.7041458425077384, -0.8440999442637013, -0.9756200783989264, -1.0973921392079102, -1.2081994205115412,
                 -0.4127641396944828, -0.5721197441359307, -0.7257589172116159, -0.8721465470905244, -1.0098199769642238, -1.1374036194302006, -1.2536227009064809,
                 -0.5011238179608071, -0.63496349556235, -0.7624588278072595, -0.8823359234800983, -0.9933970102670032, -1.0945324025007135, -1.1847315887729462,
                 -0.6047025455129025, -0.7387085789518981, -0.8653336804545976, -0.9833126538634787, -1.091466692274905, -1.1887151562880403, -1.2740863713965342,
                 -0.2885223681873196, -0.3217704997668557, -0.3518036068759074, -0.37832160863586595, -0.4010595459388322, -0.4197902288314377, -0.43432650652175997},
                1e-12);
}

}  // namespace examples
