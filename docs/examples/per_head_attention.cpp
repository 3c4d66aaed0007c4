// per_head_attention.cpp: attention whose heads each have their own block of output weights, as one program, streamed.
// Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  const auto x = examples::wave({5, 6}, 0, 1);
  const auto w_q = examples::wave({2, 6, 3}, 0.5, 1), w_k = examples::wave({2, 6, 3}, 1, 1), w_v = examples::wave({2, 6, 4}, 1.5, 1);
  const auto w_o = examples::wave({2, 4, 5}, 2, 1);

  // The system, einsum by einsum. A program computes nothing: it is compiled as a whole.
  Program p;
  const Tensor words = p.input("x", "si");
  const Tensor wq = p.input("w_q", "hij"), wk = p.input("w_k", "hij"), wv = p.input("w_v", "hiv"), wo = p.input("w_o", "hvd");
  const Tensor q = einsum("si,hij->hsj", words, wq);
  const Tensor k = einsum("ti,hij->htj", words, wk);
  const Tensor v = einsum("ti,hiv->htv", words, wv);
  const Tensor weights = softmax(einsum("hsj,htj->hst", q, k) * rsqrt(p.extent("j")), "t");
  const Tensor projected = einsum("hsv,hvd->hsd", einsum("hst,htv->hsv", weights, v), wo);
  p.output("out", rearrange("hsd->s(hd)", projected));  // side by side, not added

  const Compiled attention = compile(p, {{5, 6}, {2, 6, 3}, {2, 6, 3}, {2, 6, 4}, {2, 4, 5}}, {.dtype = DType::f64, .stream = Stream::require});
  std::printf("as a program of einsums:\n%s\n", attention.explain().c_str());
  const std::vector<double> expected = {3.531571641946966, 2.89349558868893, 2.2265086839711916, 1.5372752404691346, 0.8326818509199396,
                                        11.697619118058824, 11.624724952729476, 11.435680378295634, 11.132374265655214, 10.717837149226051,
                                        3.5846597267489924, 2.9428653538090495, 2.271666843035798, 1.5777705880801576, 0.8681097709500325,
                                        11.421647431790479, 11.350278436510509, 11.165501210996148, 10.869161988205503, 10.464221691695986,
                                        3.585546298519736, 2.944550973546606, 2.274134668584941, 1.580995961743755, 0.8720604658606044,
                                        10.585278421679357, 10.518819104306278, 10.347259223502283, 10.072312948886202, 9.696727452748851,
                                        3.58522359955838, 2.9438920045594124, 2.2731460137722053, 1.5796874994175591, 0.8704452697439915,
                                        9.376543738804656, 9.317211657697547, 9.16478507756742, 8.920786994417405, 8.587655356439301,
                                        3.5756283159306896, 2.9323045648913464, 2.2596821959306292, 1.5644818294198002, 0.85364967761834,
                                        8.355492247588339, 8.30222566230515, 8.166005982555141, 7.948194270350134, 7.650966828319505};
  bool right = examples::report(attention(x, w_q, w_k, w_v, w_o), expected, 1e-12);

  // The same from the library.
  std::printf("as a layer:\n");
  const attention::PerHeadAttention<double> layer({w_q, w_k, w_v, w_o});
  right = examples::report(layer(x), expected, 1e-12) && right;
  return right ? 0 : 1;
}
