// additive_scores.cpp: scores that no matrix product gives, w tanh(W_q q + W_k k), in a stream all the same: nothing as large as
// queries times keys times hidden features is ever stored. Returns 0 when the numbers are right.
#include <cstdio>

#include <einc/attention.hpp>

#include "common.hpp"

int main() {
  using namespace einc;
  using examples::wave;
  Program p;
  const Tensor queries = p.input("queries", "bnq"), keys = p.input("keys", "bmk"), values = p.input("values", "bmv");
  const Tensor w_q = p.input("w_q", "hq"), w_k = p.input("w_k", "hk"), w_v = p.input("w_v", "h");
  const Tensor q = einsum("bnq,hq->bnh", queries, w_q);
  const Tensor k = einsum("bmk,hk->bmh", keys, w_k);
  const Tensor scores = attention::additive_scores(q, k, w_v);  // tanh(q + k) has labels b n h m: einsum over h
  p.output("out", einsum("bnm,bmv->bnv", softmax(scores, "m"), values));

  const std::vector<Shape> shapes = {{2, 3, 5}, {2, 4, 6}, {2, 4, 2}, {7, 5}, {7, 6}, {7}};
  const Compiled additive = compile(p, shapes, {.dtype = DType::f64, .stream = Stream::require});
  const auto out = additive(wave({2, 3, 5}, 0, 1), wave({2, 4, 6}, 0.4, 1), wave({2, 4, 2}, 0.8, 1), wave({7, 5}, 1.2, 0.6), wave({7, 6}, 1.6, 0.6), wave({7}, 2, 1));
  bool right = examples::report(out,
                                {0.8738600737661519, 0.912592521631401, 0.8701616615656116, 0.9093453961178788,
                                 0.8692310880264206, 0.908436845413052, 0.9109611481188387, 0.8694818607760754,
                                 0.9237861650429744, 0.8856254258423719, 0.9310598547785631, 0.8957655665681834},
                                1e-12);

  // With many keys the memory stays what it was.
  const Compiled longer = compile(p, {{2, 512, 5}, {2, 4096, 6}, {2, 4096, 2}, {7, 5}, {7, 6}, {7}}, {.stream = Stream::require});
  const double stored = 2.0 * 512 * 4096 * 7 * 4;
  std::printf("4096 keys: %.0f KiB a thread, where all hidden features would take %.0f KiB\n", static_cast<double>(longer.plan().scratch_bytes) / 1024, stored / 1024);
  right = static_cast<double>(longer.plan().arena_bytes + longer.plan().scratch_bytes) < stored / 8 && right;
  return right ? 0 : 1;
}
