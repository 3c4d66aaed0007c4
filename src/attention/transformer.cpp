// transformer.cpp: words to vectors, through encoder and decoder blocks, to logits. Blocks of equal shapes compile once.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
Transformer<T>::Transformer(Extent heads, TransformerWeights<T> weights, const Options& options)
    : weights_(std::move(weights)), options_(options), cache_(make_cache()) {
  need_rank("source_embedding", weights_.source_embedding, "ve");
  need_rank("target_embedding", weights_.target_embedding, "ve");
  need_rank("output", weights_.output, "we");
  for (const EncoderBlockWeights<T>& block : weights_.encoder) encoder_.emplace_back(heads, block, options, cache_);
  for (const DecoderBlockWeights<T>& block : weights_.decoder) decoder_.emplace_back(heads, block, options, cache_);
}

template <class T>
Array<T> Transformer<T>::embed(const Given<T>& table, const Given<T>& words, Extent first) const {
  need_rank("words", words, "bq");
  const Extent width = table.extent(1), count = words.extent(1);
  const Array<T> positions = positional_table<T>(first + count, width);
  const TensorView<const T> from_first(positions.data() + first * width, {count, width});
  const std::vector<Input> inputs = {labelled("table", "ve", table), labelled("words", "bq", words), labelled("positions", "qe", Given<T>(from_first))};
  const Build build = [](Program& p, const Inputs& in) {
    p.output("out", gather(in["table"], "v", in["words"]) * sqrt(p.extent("e")) + in["positions"], "bqe");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "embed", build)[0]);
}

template <class T>
Array<T> Transformer<T>::logits(const Given<T>& rows) const {
  std::vector<Input> inputs = {labelled("x", "bqe", rows), labelled("W_out", "we", weights_.output)};
  if (weights_.output_bias) inputs.push_back(labelled("b_out", "w", weights_.output_bias));
  const Build build = [](Program& p, const Inputs& in) { p.output("out", linear(in["x"], in["W_out"], in.find("b_out")), "bqw"); };
  return std::move(run<T>(cache_.get(), options_, inputs, "logits", build)[0]);
}

template <class T>
Array<T> Transformer<T>::encode(const Given<T>& source, const Given<T>& source_length) const {
  Array<T> x = embed(weights_.source_embedding, source, 0);
  for (const EncoderBlock<T>& block : encoder_) x = block(x, source_length);
  return x;
}

template <class T>
Array<T> Transformer<T>::decode(const Given<T>& target, const Given<T>& encoded, const Given<T>& source_length) const {
  Array<T> y = embed(weights_.target_embedding, target, 0);
  for (const DecoderBlock<T>& block : decoder_) y = block(y, encoded, source_length);
  return logits(y);
}

template <class T>
typename Transformer<T>::Past Transformer<T>::begin(const Given<T>& encoded) const {
  Past past;
  for (const DecoderBlock<T>& block : decoder_) past.blocks.push_back(block.begin(encoded));
  return past;
}

template <class T>
Array<T> Transformer<T>::step(const Given<T>& target, Past& past, const Given<T>& source_length) const {
  if (past.blocks.size() != decoder_.size())
    throw Error(ErrorCode::bad_option, "the past was not begun by this transformer: it has another number of blocks");
  Array<T> y = embed(weights_.target_embedding, target, past.length);
  for (std::size_t n = 0; n < decoder_.size(); ++n) y = decoder_[n].step(y, past.blocks[n], source_length);
  past.length += target.extent(1);
  return logits(y);
}

template class Transformer<float>;
template class Transformer<double>;

}  // namespace einc::attention
