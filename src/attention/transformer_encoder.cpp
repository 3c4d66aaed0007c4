// transformer_encoder.cpp: layers of an encoder, one behind the other, as one program.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <fmt/format.h>

#include "attention/score_arrays.hpp"
#include "attention/sublayers.hpp"

namespace einc::attention {

using namespace detail;

namespace {

std::string prefix_of(std::size_t layer) { return fmt::format("layer{}_", layer); }

template <class T>
std::vector<Input> inputs_of(const EncoderSettings& settings, const std::vector<EncoderBlockWeights<T>>& layers, const NormWeights<T>& norm,
                             const Given<T>& x, const ScoreArrays<T>& with) {
  std::vector<Input> inputs = {labelled("x", "bqe", x)};
  add_score_arrays(inputs, with, layout_of("b", settings.heads, settings.heads));
  for (std::size_t layer = 0; layer < layers.size(); ++layer) add_encoder(inputs, prefix_of(layer), layers[layer], settings.heads);
  if (norm.gamma || norm.beta) add_norm_weights(inputs, "norm_", norm);
  return inputs;
}

Build build_of(const EncoderSettings& settings, std::size_t layers) {
  return [&settings, layers](Program& p, const Inputs& in) {
    Tensor rows = in["x"];
    for (std::size_t layer = 0; layer < layers; ++layer) {
      EncoderLayer with = detail::encoder_layer(in, prefix_of(layer));
      with.activation = settings.activation, with.norm_first = settings.norm_first, with.epsilon = settings.epsilon;
      rows = encoder_layer(p, rows, with, settings.scoring, score_tensors(in));
    }
    if (const std::optional<Tensor> gamma = in.find("norm_gamma")) rows = layer_norm(rows, *gamma, in["norm_beta"], settings.epsilon);
    p.output("out", rows, "bqe");
  };
}

std::string text_of(const EncoderSettings& settings) {
  return fmt::format("encoder {} activation {} norm first {} epsilon {}", detail::text_of(settings.scoring), static_cast<int>(settings.activation),
                     settings.norm_first, settings.epsilon);
}

}  // namespace

template <class T>
TransformerEncoder<T>::TransformerEncoder(EncoderSettings settings, std::vector<EncoderBlockWeights<T>> layers, NormWeights<T> norm, const Options& options)
    : settings_(std::move(settings)), layers_(std::move(layers)), norm_(std::move(norm)), options_(options), cache_(make_cache()) {
  for (const EncoderBlockWeights<T>& layer : layers_) need_attention(layer.attention, settings_.heads);
}

template <class T>
Array<T> TransformerEncoder<T>::operator()(const Given<T>& x, const ScoreArrays<T>& with) const {
  need_rank("x", x, "bqe");
  return std::move(run<T>(cache_.get(), options_, inputs_of(settings_, layers_, norm_, x, with), text_of(settings_), build_of(settings_, layers_.size()))[0]);
}

template <class T>
Compiled TransformerEncoder<T>::compiled(const Given<T>& x, const ScoreArrays<T>& with) const {
  need_rank("x", x, "bqe");
  Options options = options_;
  options.dtype = dtype_of<T>;
  return compiled_for(cache_.get(), options, inputs_of(settings_, layers_, norm_, x, with), text_of(settings_), build_of(settings_, layers_.size()));
}

template class TransformerEncoder<float>;
template class TransformerEncoder<double>;

}  // namespace einc::attention
