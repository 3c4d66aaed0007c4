// sublayers.cpp: the parts that encoder and decoder blocks share.
// SPDX-License-Identifier: BSD-3-Clause
#include "attention/sublayers.hpp"

namespace einc::attention::detail {

template <class T>
void need_attention(const AttentionWeights<T>& weights, Extent heads) {
  need_rank("query", weights.query, "[heads*c]e");
  need_rank("key", weights.key, "[heads*c]e");
  need_rank("value", weights.value, "[heads*v]e");
  need_rank("output", weights.output, "e[heads*v]");
  need_divisible("the features of the queries", weights.query.extent(0), heads);
  need_divisible("the features of the values", weights.value.extent(0), heads);
  need_equal("the features that meet in a score", "queries", weights.query.extent(0), "keys", weights.key.extent(0));
  need_equal("the features of all heads", "values", weights.value.extent(0), "the output projection", weights.output.extent(1));
}

template <class T>
void add_attention(std::vector<Input>& inputs, const std::string& prefix, const AttentionWeights<T>& weights, Extent heads) {
  inputs.push_back(split_label(labelled(prefix + "W_q", "[rows]e", weights.query), "[rows]", "hc", heads));
  inputs.push_back(split_label(labelled(prefix + "W_k", "[rows]e", weights.key), "[rows]", "hc", heads));
  inputs.push_back(split_label(labelled(prefix + "W_v", "[rows]e", weights.value), "[rows]", "hv", heads));
  inputs.push_back(split_label(labelled(prefix + "W_o", "e[rows]", weights.output), "[rows]", "hv", heads));
}

Projections projections(const Inputs& in, const std::string& prefix) {
  return {in[prefix + "W_q"],      in[prefix + "W_k"],      in[prefix + "W_v"],      in[prefix + "W_o"],
          in.find(prefix + "b_q"), in.find(prefix + "b_k"), in.find(prefix + "b_v"), in.find(prefix + "b_o")};
}

template <class T>
void add_feed_forward(std::vector<Input>& inputs, const FeedForwardWeights<T>& weights, const std::string& prefix) {
  const std::string hidden = prefix.empty() ? "f" : "[" + prefix + "f]";  // layers of one program may differ in it
  inputs.push_back(labelled(prefix + "w1", hidden + "e", weights.w1));
  inputs.push_back(labelled(prefix + "b1", hidden, weights.b1));
  inputs.push_back(labelled(prefix + "w2", "e" + hidden, weights.w2));
  inputs.push_back(labelled(prefix + "b2", "e", weights.b2));
}

Tensor feed_forward(const Inputs& in, const Tensor& x) { return attention::feed_forward(x, in["w1"], in["b1"], in["w2"], in["b2"]); }

template <class T>
void add_norm_weights(std::vector<Input>& inputs, const std::string& name, const NormWeights<T>& weights) {
  inputs.push_back(labelled(name + "gamma", "e", weights.gamma));
  inputs.push_back(labelled(name + "beta", "e", weights.beta));
}

Tensor add_norm(const Inputs& in, const std::string& name, const Tensor& x, const Tensor& y) {
  return attention::add_norm(x, y, in[name + "gamma"], in[name + "beta"]);
}

template <class T>
void add_encoder(std::vector<Input>& inputs, const std::string& prefix, const EncoderBlockWeights<T>& weights, Extent heads) {
  add_attention(inputs, prefix, weights.attention, heads);
  const auto add_bias = [&](const char* name, const Given<T>& bias, const char* labels) {
    if (bias) inputs.push_back(split_label(labelled(prefix + name, "[rows]", bias), "[rows]", labels, heads));
  };
  add_bias("b_q", weights.attention_bias.query, "hc");
  add_bias("b_k", weights.attention_bias.key, "hc");
  add_bias("b_v", weights.attention_bias.value, "hv");
  if (weights.attention_bias.output) inputs.push_back(labelled(prefix + "b_o", "e", weights.attention_bias.output));
  add_feed_forward(inputs, weights.feed_forward, prefix);
  add_norm_weights(inputs, prefix + "norm1_", weights.norm1);
  add_norm_weights(inputs, prefix + "norm2_", weights.norm2);
}

EncoderLayer encoder_layer(const Inputs& in, const std::string& prefix) {
  const auto norm = [&](const std::string& name) { return EncoderLayer::Norm{in[prefix + name + "gamma"], in[prefix + name + "beta"]}; };
  return {projections(in, prefix), in[prefix + "w1"], in[prefix + "b1"], in[prefix + "w2"], in[prefix + "b2"], norm("norm1_"), norm("norm2_")};
}

#define EINC_SUBLAYERS(T)                                                                                             \
  template void need_attention<T>(const AttentionWeights<T>&, Extent);                                                \
  template void add_attention<T>(std::vector<Input>&, const std::string&, const AttentionWeights<T>&, Extent);        \
  template void add_feed_forward<T>(std::vector<Input>&, const FeedForwardWeights<T>&, const std::string&);           \
  template void add_encoder<T>(std::vector<Input>&, const std::string&, const EncoderBlockWeights<T>&, Extent);       \
  template void add_norm_weights<T>(std::vector<Input>&, const std::string&, const NormWeights<T>&);
EINC_SUBLAYERS(float)
EINC_SUBLAYERS(double)
#undef EINC_SUBLAYERS

}  // namespace einc::attention::detail
