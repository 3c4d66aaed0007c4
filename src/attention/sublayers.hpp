// sublayers.hpp: the weights of encoder and decoder blocks as inputs of a program, and the blocks' parts made of them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <einc/attention_layers.hpp>

#include "attention/call.hpp"

namespace einc::attention::detail {

// Scores hidden by a length become this number.
inline constexpr double hidden_by_length = -1e6;

// Query and key matrices as [h c e], the value's as [h v e], the output's as [e h v]. Throws Error when the heads do not
// divide them or they do not fit one another.
template <class T>
void add_attention(std::vector<Input>& inputs, const std::string& prefix, const AttentionWeights<T>& weights, Extent heads);
Projections projections(const Inputs& in, const std::string& prefix);

template <class T>
void add_feed_forward(std::vector<Input>& inputs, const FeedForwardWeights<T>& weights, const std::string& prefix = {});
Tensor feed_forward(const Inputs& in, const Tensor& x);

template <class T>
void add_norm_weights(std::vector<Input>& inputs, const std::string& name, const NormWeights<T>& weights);
Tensor add_norm(const Inputs& in, const std::string& name, const Tensor& x, const Tensor& y);

// All weights of an encoder's block, and the layer made of them.
template <class T>
void add_encoder(std::vector<Input>& inputs, const std::string& prefix, const EncoderBlockWeights<T>& weights, Extent heads);
EncoderLayer encoder_layer(const Inputs& in, const std::string& prefix);

// Checks that a block's weights can work together at all.
template <class T>
void need_attention(const AttentionWeights<T>& weights, Extent heads);

}  // namespace einc::attention::detail
