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
  add_encoder(inputs, "", weights_, heads_);
  const Build build = [&](Program& p, const Inputs& in) {
    p.output("out", encoder_layer(p, in["x"], detail::encoder_layer(in, ""), {.hidden = hidden_by_length}, {.valid_length = in.find("valid_length")}), "bqe");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "encoder block", build)[0]);
}

template class EncoderBlock<float>;
template class EncoderBlock<double>;

}  // namespace einc::attention
