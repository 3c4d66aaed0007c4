// attention_layers.hpp: layers: objects that hold weights and compile their program once for the shapes they meet.
// Every layer may be called from several threads at once; copies share weights and what was compiled. T is float or double.
// Constructors throw Error when weights and settings contradict one another, calls when arrays do not fit; nothing is
// computed then. Weights are borrowed or kept, see Given.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <einc/attention_arrays.hpp>

namespace einc::attention {

// How a matrix of weights is stored: output_input: y = x W^T, as torch.nn.Linear. input_output: y = x W.
enum class WeightOrder : std::uint8_t { output_input, input_output };

// The past of one sequence a batch, for decoding: keys [b k h c] and values [b k h v], in memory that doubles when it is
// full, so that a layer compiles again only then. Slots not used yet hold zeros.
template <class T>
class KeyValueCache {
 public:
  explicit KeyValueCache(Extent capacity = 64) : first_capacity_(capacity) {}

  Extent length() const noexcept { return length_; }
  Extent capacity() const noexcept { return capacity_; }
  // Slots for `count` more positions; the extents of batch, heads and features are fixed by the first call.
  // Throws Error (extent_mismatch) when a later call has others.
  struct Slots {
    TensorView<T> keys, values;
  };
  Slots extend(Extent count, Extent batch, Extent heads, Extent key_width, Extent value_width);
  Slots all();  // of the whole capacity
  void clear() noexcept { length_ = 0; }

 private:
  Extent first_capacity_, length_ = 0, capacity_ = 0, batch_ = 0, heads_ = 0, key_width_ = 0, value_width_ = 0;
  std::vector<T> keys_, values_;
};

// ---------------------------------------------------------------------------------------------------------------------

// softmax(Q K^T / sqrt(c)) V for several heads at once, with projections before and after (arXiv:1706.03762, 3.2.2).
// Rows (columns for input_output) of the query, key and value matrices are grouped by head. With fewer key heads than heads,
// groups of heads share keys and values (Ainslie et al., arXiv:2305.13245).
struct MultiHeadSettings {
  Extent heads = 1;
  Extent key_heads = 0;  // 0: as many as heads
  WeightOrder order = WeightOrder::output_input;
  Scoring scoring = {};
};
template <class T>
struct MultiHeadWeights {
  Given<T> query, key, value, output;  // [h*c a], [g*c m], [g*v n], [o h*v] for output_input; the other way round for input_output
  Given<T> query_bias = {}, key_bias = {}, value_bias = {}, output_bias = {};
};
template <class T>
struct MultiHeadResult {
  Array<T> out;         // [b q o]
  Array<T> weights{};   // [b h q k], when wanted
  Array<T> combined{};  // [b q h*v], the heads side by side before the output projection, when wanted
};
template <class T>
class MultiHeadAttention {
 public:
  // Throws Error: bad_option when heads do not divide the rows of a matrix; extent_mismatch when matrices do not fit together.
  MultiHeadAttention(MultiHeadSettings settings, MultiHeadWeights<T> weights, const Options& options = {});

  // queries [b q a], keys [b k m], values [b k n].
  Array<T> operator()(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const ScoreArrays<T>& with = {}) const;
  MultiHeadResult<T> compute(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const ScoreArrays<T>& with, const Wanted& wanted) const;
  // Self-attention of x [b n a] over the past and x itself, position i not seeing what comes after it; x joins the past.
  Array<T> step(const Given<T>& x, KeyValueCache<T>& past) const;

 private:
  MultiHeadSettings settings_;
  MultiHeadWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// Self-attention with projections stored head by head, no biases, scale 1 / sqrt(j). concat: each head goes through its own
// block of the output weights and the results stand side by side, [s h*d]. sum: they are added, [s d].
enum class Combine : std::uint8_t { concat, sum };
template <class T>
struct PerHeadWeights {
  Given<T> query, key;  // [h i j]
  Given<T> value;       // [h i v]
  Given<T> output;      // [h v d]
};
template <class T>
struct PerHeadResult {
  Array<T> out;
  Array<T> weights{};    // [h s t], when wanted
  Array<T> projected{};  // [h s d], when heads are wanted
};
template <class T>
class PerHeadAttention {
 public:
  explicit PerHeadAttention(PerHeadWeights<T> weights, Combine combine = Combine::concat, const Options& options = {});
  Array<T> operator()(const Given<T>& x) const;  // [s i]
  PerHeadResult<T> compute(const Given<T>& x, const Wanted& wanted) const;

 private:
  PerHeadWeights<T> weights_;
  Combine combine_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// Attention with a bias and a gate on every head: Jumper et al., Nature 596 (2021), supplement 1.6;
// https://github.com/google-deepmind/alphafold, alphafold/model/modules.py, class Attention.
struct GatedSettings {
  Extent heads = 1;
  Extent key_width = 0, value_width = 0;  // of all heads together; 0: what the weights say
  bool gating = true;
  double hidden = -1e9;                   // what replaces hidden scores, after the bias: a row that sees nothing is uniform
  bool round_bf16 = false;                // every result rounded to bf16, the softmax taken in T
};
template <class T>
struct GatedWeights {
  Given<T> query, key, value;              // [a h c], [m h c], [m h v]
  Given<T> gating = {}, gating_bias = {};  // [a h v], [h v]
  Given<T> output, output_bias;            // [h v o], [o]
};
template <class T>
class GatedAttention {
 public:
  GatedAttention(const GatedSettings& settings, GatedWeights<T> weights, const Options& options = {});

  // Weights to begin training with: uniform within sqrt(6 / (inputs + outputs)) (Glorot, Bengio, AISTATS 2010), gates open by
  // sigmoid(1), the output zeros when zero_init. The same seed gives the same weights on every machine.
  struct Widths {
    Extent queries = 0, memory = 0, output = 0;
  };
  static GatedWeights<T> initial(const GatedSettings& settings, const Widths& widths, bool zero_init, std::uint64_t seed);

  // queries [b q a], memory [b k m], mask [b h q k] with extents of 1 where it does not vary, bias [h q k] or [q k].
  Array<T> operator()(const Given<T>& queries, const Given<T>& memory, const Given<T>& mask, const Given<T>& bias = {}) const;
  AttendResult<T> compute(const Given<T>& queries, const Given<T>& memory, const Given<T>& mask, const Given<T>& bias, const Wanted& wanted) const;

 private:
  GatedSettings settings_;
  GatedWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// Scores w tanh(W_q q + W_k k): queries and keys may have different widths (arXiv:1409.0473). The scores of all pairs are
// never stored with their h hidden features. Hidden scores are -1e6, so that a row that sees nothing is uniform.
template <class T>
struct AdditiveWeights {
  Given<T> query, key, score;  // [h q], [h k], [h]
};
template <class T>
struct AdditiveResult {
  Array<T> out, weights{}, scores{};  // [b n v]; [b n m] when weights are wanted
};
template <class T>
class AdditiveAttention {
 public:
  explicit AdditiveAttention(AdditiveWeights<T> weights, const Options& options = {});
  // queries [b n q], keys [b m k], values [b m v], valid_length nothing, [b] or [b n].
  Array<T> operator()(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const Given<T>& valid_length = {}) const;
  AdditiveResult<T> compute(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const Given<T>& valid_length, const Wanted& wanted) const;

 private:
  AdditiveWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// Self-attention over tanh projections: softmax(q k) v with q, k, v = tanh(W x + b) (Xu et al., NeurIPS 2020, HiT-MAC;
// https://github.com/XuJing1022/HiT-MAC, perception.py). scaled: scores times 1 / sqrt(a), as the paper's formula has it and
// the code has not. global is the sum of the rows.
template <class T>
struct AttentionLayerWeights {
  Given<T> query, key, value;                               // [a i]
  Given<T> query_bias = {}, key_bias = {}, value_bias = {};  // [a]
};
template <class T>
struct AttentionLayerResult {
  Array<T> rows, global, weights{};  // [b n a], [b a], [b n m] when wanted
};
template <class T>
class AttentionLayer {
 public:
  explicit AttentionLayer(AttentionLayerWeights<T> weights, bool scaled = false, const Options& options = {});
  AttentionLayerResult<T> operator()(const Given<T>& x, const Wanted& wanted = {}) const;  // [b n i] or [n i]

 private:
  AttentionLayerWeights<T> weights_;
  bool scaled_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// ---------------------------------------------------------------------------------------------------------------------
// An encoder-decoder (arXiv:1706.03762): every sublayer is followed by add_norm. Attention has no biases unless an encoder is
// given some; matrices are output_input. Lengths hide scores by -1e6. As in https://d2l.ai, chapter 11.

template <class T>
struct AttentionWeights {
  Given<T> query, key, value, output;  // [e e]
};
template <class T>
struct AttentionBiases {
  Given<T> query = {}, key = {}, value = {}, output = {};  // [e]
};
template <class T>
struct NormWeights {
  Given<T> gamma, beta;  // [e]
};
template <class T>
struct FeedForwardWeights {
  Given<T> w1, b1, w2, b2;  // [f e], [f], [e f], [e]
};

template <class T>
struct EncoderBlockWeights {
  AttentionWeights<T> attention;
  FeedForwardWeights<T> feed_forward;
  NormWeights<T> norm1, norm2;
  AttentionBiases<T> attention_bias = {};
};
// y = add_norm(x, attention(x, x, x)); add_norm(y, feed_forward(y)).
template <class T>
class EncoderBlock {
 public:
  EncoderBlock(Extent heads, EncoderBlockWeights<T> weights, const Options& options = {}, std::shared_ptr<detail::Cache> cache = nullptr);
  Array<T> operator()(const Given<T>& x, const Given<T>& valid_length = {}) const;  // [b q e]; [b] or [b q]

 private:
  Extent heads_;
  EncoderBlockWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

// Some such layers, one behind the other, compiled as one program: intermediates of all layers share memory. As torch.nn.TransformerEncoder
// in inference: with its matrices, biases, norms and activations the same numbers come out.
struct EncoderSettings {
  Extent heads = 1;
  Activation activation = Activation::relu;
  bool norm_first = false;  // norms before attention and network, not behind the sums
  double epsilon = 1e-5;    // of the norms
  Scoring scoring = {};     // of every layer
};
template <class T>
class TransformerEncoder {
 public:
  // norm, if given, is taken of what the last layer gives. Throws Error: bad_option when heads do not divide the rows of a matrix;
  // extent_mismatch when matrices do not fit together.
  TransformerEncoder(EncoderSettings settings, std::vector<EncoderBlockWeights<T>> layers, NormWeights<T> norm = {}, const Options& options = {});

  Array<T> operator()(const Given<T>& x, const ScoreArrays<T>& with = {}) const;        // [b q e]
  Compiled compiled(const Given<T>& x, const ScoreArrays<T>& with = {}) const;          // what a call on these arrays runs

 private:
  EncoderSettings settings_;
  std::vector<EncoderBlockWeights<T>> layers_;
  NormWeights<T> norm_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

template <class T>
struct DecoderBlockWeights {
  AttentionWeights<T> attention, cross;
  FeedForwardWeights<T> feed_forward;
  NormWeights<T> norm1, norm2, norm3;
};
// y = add_norm(x, attention(x, x, x)) where no position sees what comes after it; z = add_norm(y, attention(y, encoded,
// encoded)); add_norm(z, feed_forward(z)).
template <class T>
class DecoderBlock {
 public:
  DecoderBlock(Extent heads, DecoderBlockWeights<T> weights, const Options& options = {}, std::shared_ptr<detail::Cache> cache = nullptr);

  // All positions at once: x [b q e], encoded [b s e], encoded_length nothing, [b] or [b q].
  Array<T> operator()(const Given<T>& x, const Given<T>& encoded, const Given<T>& encoded_length = {}) const;

  // A few positions after those the past has seen: gives the rows that the call above would, computing only these.
  struct Past {
    KeyValueCache<T> self, encoded;
  };
  Past begin(const Given<T>& encoded) const;
  Array<T> step(const Given<T>& x, Past& past, const Given<T>& encoded_length = {}) const;  // encoded_length nothing or [b]

 private:
  Extent heads_;
  DecoderBlockWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
};

template <class T>
struct TransformerWeights {
  Given<T> source_embedding, target_embedding;  // [v e] each, of their own number of words
  std::vector<EncoderBlockWeights<T>> encoder;
  std::vector<DecoderBlockWeights<T>> decoder;
  Given<T> output, output_bias;                 // [w e], [w]
};
// Words, embedded times sqrt(e) with positions added, through the encoder; and through the decoder to one logit a word.
template <class T>
class Transformer {
 public:
  Transformer(Extent heads, TransformerWeights<T> weights, const Options& options = {});

  Array<T> encode(const Given<T>& source, const Given<T>& source_length) const;                                 // [b s], [b] -> [b s e]
  Array<T> decode(const Given<T>& target, const Given<T>& encoded, const Given<T>& source_length) const;        // [b q], .. -> [b q w]

  // Word after word: logits [b n w] of the words given, after those given before.
  struct Past {
    std::vector<typename DecoderBlock<T>::Past> blocks;
    Extent length = 0;
  };
  Past begin(const Given<T>& encoded) const;
  Array<T> step(const Given<T>& target, Past& past, const Given<T>& source_length) const;

 private:
  Array<T> embed(const Given<T>& table, const Given<T>& words, Extent first) const;
  Array<T> logits(const Given<T>& rows) const;

  TransformerWeights<T> weights_;
  Options options_;
  std::shared_ptr<detail::Cache> cache_;
  std::vector<EncoderBlock<T>> encoder_;
  std::vector<DecoderBlock<T>> decoder_;
};

}  // namespace einc::attention
