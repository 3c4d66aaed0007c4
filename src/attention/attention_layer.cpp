// attention_layer.cpp: self-attention over tanh projections, and the sum of its rows.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <fmt/format.h>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
AttentionLayer<T>::AttentionLayer(AttentionLayerWeights<T> weights, bool scaled, const Options& options)
    : weights_(std::move(weights)), scaled_(scaled), options_(options), cache_(make_cache()) {
  need_rank("query", weights_.query, "ai");
  need_rank("key", weights_.key, "ai");
  need_rank("value", weights_.value, "ai");
  need_equal("the features that meet in a score", "queries", weights_.query.extent(0), "keys", weights_.key.extent(0));
}

template <class T>
AttentionLayerResult<T> AttentionLayer<T>::operator()(const Given<T>& x, const Wanted& wanted) const {
  const std::string batch = x.rank() == 2 ? "" : "b";
  std::vector<Input> inputs = {labelled("x", batch + "ni", x), labelled("Q_w", "ai", weights_.query), labelled("K_w", "ai", weights_.key),
                               labelled("V_w", "vi", weights_.value)};
  if (weights_.query_bias) inputs.push_back(labelled("Q_b", "a", weights_.query_bias));
  if (weights_.key_bias) inputs.push_back(labelled("K_b", "a", weights_.key_bias));
  if (weights_.value_bias) inputs.push_back(labelled("V_b", "v", weights_.value_bias));
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor rows = in["x"], others = rename(rows, "n", "m");
    const Tensor q = tanh(linear(rows, in["Q_w"], in.find("Q_b")));    // bni,ai->bna
    const Tensor k = tanh(linear(others, in["K_w"], in.find("K_b")));  // bmi,ai->bma
    const Tensor v = tanh(linear(others, in["V_w"], in.find("V_b")));  // bmi,vi->bmv
    const std::optional<double> scale = scaled_ ? std::nullopt : std::optional(1.0);
    const Attended attended = scaled_dot_product(p, q, k, v, {.scale = scale}, {}, {.query = "n", .key = "m", .features = "a"});
    p.output("rows", attended.out, batch + "nv");
    p.output("global", sum(attended.out, "n"), batch + "v");
    if (wanted.weights) p.output("weights", attended.weights, batch + "nm");
  };
  std::vector<Array<T>> results = run<T>(cache_.get(), options_, inputs, fmt::format("layer {} {}", scaled_, wanted.weights), build);
  AttentionLayerResult<T> result{std::move(results[0]), std::move(results[1])};
  if (wanted.weights) result.weights = std::move(results[2]);
  return result;
}

template class AttentionLayer<float>;
template class AttentionLayer<double>;

}  // namespace einc::attention
