// per_head_attention.cpp: self-attention with weights stored head by head, the heads side by side or added.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <fmt/format.h>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
PerHeadAttention<T>::PerHeadAttention(PerHeadWeights<T> weights, Combine combine, const Options& options)
    : weights_(std::move(weights)), combine_(combine), options_(options), cache_(make_cache()) {
  need_rank("query", weights_.query, "hij");
  need_rank("key", weights_.key, "hij");
  need_rank("value", weights_.value, "hiv");
  need_rank("output", weights_.output, "hvd");
  need_equal("the features that meet in a score", "queries", weights_.query.extent(2), "keys", weights_.key.extent(2));
}

template <class T>
Array<T> PerHeadAttention<T>::operator()(const Given<T>& x) const {
  return compute(x, {}).out;
}

template <class T>
PerHeadResult<T> PerHeadAttention<T>::compute(const Given<T>& x, const Wanted& wanted) const {
  const std::vector<Input> inputs = {labelled("x", "si", x), labelled("W_q", "hij", weights_.query), labelled("W_k", "hij", weights_.key),
                                     labelled("W_v", "hiv", weights_.value), labelled("W_o", "hvd", weights_.output)};
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor q = einsum("si,hij->hsj", in["x"], in["W_q"]);
    const Tensor k = einsum("ti,hij->htj", in["x"], in["W_k"]);
    const Tensor v = einsum("ti,hiv->htv", in["x"], in["W_v"]);
    const Tensor weights = softmax(einsum("hsj,htj->hst", q, k) * rsqrt(p.extent("j")), "t");
    const Tensor heads = einsum("hst,htv->hsv", weights, v);
    const Tensor projected = einsum("hsv,hvd->hsd", heads, in["W_o"]);
    p.output("out", combine_ == Combine::sum ? einsum("hsv,hvd->sd", heads, in["W_o"]) : rearrange("hsd->s(hd)", projected));
    if (wanted.weights) p.output("weights", weights);
    if (wanted.heads) p.output("projected", projected);
  };
  const std::string settings = fmt::format("per head {} weights {} heads {}", static_cast<int>(combine_), wanted.weights, wanted.heads);
  std::vector<Array<T>> results = run<T>(cache_.get(), options_, inputs, settings, build);
  PerHeadResult<T> result{std::move(results[0])};
  std::size_t next = 1;
  if (wanted.weights) result.weights = std::move(results[next++]);
  if (wanted.heads) result.projected = std::move(results[next]);
  return result;
}

template class PerHeadAttention<float>;
template class PerHeadAttention<double>;

}  // namespace einc::attention
