// decoder_block.cpp: attention to the past, attention to what was encoded, and a small network; all positions or the next ones.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include "attention/sublayers.hpp"

namespace einc::attention {

using namespace detail;

namespace {

// What follows self-attention, whoever supplies the encoded keys and values.
Tensor rest_of_block(const Inputs& in, const Tensor& y, const Tensor& attended) {
  const Tensor z = detail::add_norm(in, "norm2_", y, attended);
  return detail::add_norm(in, "norm3_", z, detail::feed_forward(in, z));
}

const Labels encoded_labels = {.query = "q", .key = "s", .features = "c"};

}  // namespace

template <class T>
DecoderBlock<T>::DecoderBlock(Extent heads, DecoderBlockWeights<T> weights, const Options& options, std::shared_ptr<Cache> cache)
    : heads_(heads), weights_(std::move(weights)), options_(options), cache_(cache ? std::move(cache) : make_cache()) {
  need_attention(weights_.attention, heads_);
  need_attention(weights_.cross, heads_);
}

template <class T>
Array<T> DecoderBlock<T>::operator()(const Given<T>& x, const Given<T>& encoded, const Given<T>& encoded_length) const {
  std::vector<Input> inputs = {labelled("x", "bqe", x), labelled("encoded", "bse", encoded)};
  if (encoded_length) inputs.push_back(labelled("encoded_length", encoded_length.rank() == 2 ? "bq" : "b", encoded_length));
  add_attention(inputs, "", weights_.attention, heads_);
  add_attention(inputs, "cross_", weights_.cross, heads_);
  add_feed_forward(inputs, weights_.feed_forward);
  add_norm_weights(inputs, "norm1_", weights_.norm1);
  add_norm_weights(inputs, "norm2_", weights_.norm2);
  add_norm_weights(inputs, "norm3_", weights_.norm3);
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor queries = in["x"], keys = rename(queries, "q", "k");
    const Tensor self = multi_head(p, queries, keys, keys, projections(in, ""), {.causal = true, .hidden = hidden_by_length}).out;
    const Tensor y = detail::add_norm(in, "norm1_", queries, self);
    const Tensor cross = multi_head(p, y, in["encoded"], in["encoded"], projections(in, "cross_"), {.hidden = hidden_by_length},
                                    {.valid_length = in.find("encoded_length")}, encoded_labels)
                             .out;
    p.output("out", rest_of_block(in, y, cross), "bqe");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "decoder block", build)[0]);
}

namespace {

// Keys and values of some positions, written where a past keeps them.
template <class T>
void project_into(Cache* cache, const Options& options, const Given<T>& x, const AttentionWeights<T>& weights, Extent heads, KeyValueCache<T>& past) {
  need_rank("x", x, "bke");
  const auto slots = past.extend(x.extent(1), x.extent(0), heads, weights.key.extent(0) / heads, weights.value.extent(0) / heads);
  std::vector<Input> inputs = {labelled("x", "bke", x)};
  add_attention(inputs, "", weights, heads);
  // Only what these two need.
  std::erase_if(inputs, [](const Input& input) { return input.name == "W_q" || input.name == "W_o"; });
  run_into<T>(cache, options, inputs, "keys and values", [](Program& p, const Inputs& in) {
    p.output("keys", linear(in["x"], in["W_k"]), "bkhc");
    p.output("values", linear(in["x"], in["W_v"]), "bkhv");
  }, {slots.keys, slots.values});
}

}  // namespace

template <class T>
typename DecoderBlock<T>::Past DecoderBlock<T>::begin(const Given<T>& encoded) const {
  need_rank("encoded", encoded, "bse");
  Past past{KeyValueCache<T>(), KeyValueCache<T>(encoded.extent(1))};
  project_into(cache_.get(), options_, encoded, weights_.cross, heads_, past.encoded);
  return past;
}

template <class T>
Array<T> DecoderBlock<T>::step(const Given<T>& x, Past& past, const Given<T>& encoded_length) const {
  project_into(cache_.get(), options_, x, weights_.attention, heads_, past.self);
  const auto self = past.self.all(), encoded = past.encoded.all();
  const T length = static_cast<T>(past.self.length());
  std::vector<Input> inputs = {labelled("x", "bqe", x),
                               labelled("keys", "bkhc", Given<T>(self.keys)),
                               labelled("values", "bkhv", Given<T>(self.values)),
                               labelled("length", "", Given<T>(TensorView<const T>(&length, {}))),
                               labelled("encoded_keys", "bshc", Given<T>(encoded.keys)),
                               labelled("encoded_values", "bshv", Given<T>(encoded.values))};
  if (encoded_length) inputs.push_back(labelled("encoded_length", "b", encoded_length));
  add_attention(inputs, "", weights_.attention, heads_);
  add_attention(inputs, "cross_", weights_.cross, heads_);
  std::erase_if(inputs, [](const Input& input) { return input.name.ends_with("W_k") || input.name.ends_with("W_v"); });
  add_feed_forward(inputs, weights_.feed_forward);
  add_norm_weights(inputs, "norm1_", weights_.norm1);
  add_norm_weights(inputs, "norm2_", weights_.norm2);
  add_norm_weights(inputs, "norm3_", weights_.norm3);
  const Build build = [&](Program& p, const Inputs& in) {
    // Slots after the newest position hold nothing, and come after every query.
    const Positions at{p.iota("q") + (in["length"] - p.extent("q")), p.iota("k")};
    const Tensor self_heads =
        scaled_dot_product(p, linear(in["x"], in["W_q"]), in["keys"], in["values"], {.causal = true}, {.at = at}).out;
    const Tensor y = detail::add_norm(in, "norm1_", in["x"], linear(self_heads, in["W_o"]));
    const Tensor cross_heads = scaled_dot_product(p, linear(y, in["cross_W_q"]), in["encoded_keys"], in["encoded_values"],
                                                  {.hidden = hidden_by_length}, {.valid_length = in.find("encoded_length")}, encoded_labels)
                                   .out;
    p.output("out", rest_of_block(in, y, linear(cross_heads, in["cross_W_o"])), "bqe");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "decoder step", build)[0]);
}

template class DecoderBlock<float>;
template class DecoderBlock<double>;

}  // namespace einc::attention
