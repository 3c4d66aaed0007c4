// additive_attention.cpp: scores from a small network on query and key, never stored with its hidden features.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <fmt/format.h>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
AdditiveAttention<T>::AdditiveAttention(AdditiveWeights<T> weights, const Options& options)
    : weights_(std::move(weights)), options_(options), cache_(make_cache()) {
  need_rank("query", weights_.query, "hq");
  need_rank("key", weights_.key, "hk");
  need_rank("score", weights_.score, "h");
}

template <class T>
Array<T> AdditiveAttention<T>::operator()(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const Given<T>& valid_length) const {
  return compute(queries, keys, values, valid_length, {}).out;
}

template <class T>
AdditiveResult<T> AdditiveAttention<T>::compute(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const Given<T>& valid_length,
                                                const Wanted& wanted) const {
  need_rank("keys", keys, "bmk");
  need_rank("values", values, "bmv");
  need_equal("the numbers of keys and values", "keys", keys.extent(1), "values", values.extent(1));
  std::vector<Input> inputs = {labelled("queries", "bnq", queries), labelled("keys", "bmk", keys),      labelled("values", "bmv", values),
                               labelled("W_q", "hq", weights_.query), labelled("W_k", "hk", weights_.key), labelled("w_v", "h", weights_.score)};
  if (valid_length) inputs.push_back(labelled("valid_length", valid_length.rank() == 2 ? "bn" : "b", valid_length));
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor q = einsum("bnq,hq->bnh", in["queries"], in["W_q"]);
    const Tensor k = einsum("bmk,hk->bmh", in["keys"], in["W_k"]);
    const Tensor scores = einsum("bnmh,h->bnm", permute(tanh(q + k), "bnmh"), in["w_v"]);
    const Tensor seen = in.find("valid_length") ? where(p.iota("m") < in["valid_length"], scores, -1e6) : scores;
    const Tensor weights = softmax(seen, "m");
    p.output("out", einsum("bnm,bmv->bnv", permute(weights, "bnm"), in["values"]));
    if (wanted.weights) p.output("weights", weights, "bnm"), p.output("scores", scores, "bnm");
  };
  std::vector<Array<T>> results = run<T>(cache_.get(), options_, inputs, fmt::format("additive {}", wanted.weights), build);
  AdditiveResult<T> result{std::move(results[0])};
  if (wanted.weights) result.weights = std::move(results[1]), result.scores = std::move(results[2]);
  return result;
}

template class AdditiveAttention<float>;
template class AdditiveAttention<double>;

}  // namespace einc::attention
