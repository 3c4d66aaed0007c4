// encoder_block.cpp: self-attention and a small network, each added to what it read and normed.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include "attention/sublayers.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
EncoderBlock<T>::EncoderBlock(Extent heads, EncoderBlockWeights<T> weights, const Options& options, std::shared_ptr<Cache> cache)
    : heads_(heads), weights_(std::move(weights)), options_(options), cache_(cache ? std::move(cache) : make_cache()) {
  need_attention(weights_.attention, heads_);
}

template <class T>
Array<T> EncoderBlock<T>::operator()(const Given<T>& x, const Given<T>& valid_length) const {
  std::vector<Input> inputs = {labelled("x", "bqe", x)};
  if (valid_length) inputs.push_back(labelled("valid_length", valid_length.rank() == 2 ? "bq" : "b", valid_length));
  add_attention(inputs, "", weights_.attention, heads_);
  add_feed_forward(inputs, weights_.feed_forward);
  add_norm_weights(inputs, "norm1_", weights_.norm1);
  add_norm_weights(inputs, "norm2_", weights_.norm2);
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor queries = in["x"], keys = rename(queries, "q", "k");
    const Tensor attended =
        multi_head(p, queries, keys, keys, projections(in, ""), {.hidden = hidden_by_length}, {.valid_length = in.find("valid_length")}).out;
    const Tensor y = detail::add_norm(in, "norm1_", queries, attended);
    p.output("out", detail::add_norm(in, "norm2_", y, detail::feed_forward(in, y)), "bqe");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "encoder block", build)[0]);
}

template class EncoderBlock<float>;
template class EncoderBlock<double>;

}  // namespace einc::attention
