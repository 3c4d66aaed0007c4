// attention_blocks.hpp: attention as programs of einsums: scores, masks, softmax and averages over labels.
// No attention is built into einc: everything here is written with <einc/program.hpp>, and can be mixed with it.
//
//   Program p;
//   Tensor q = p.input("q", "bqhc"), k = p.input("k", "bkhc"), v = p.input("v", "bkhv");
//   p.output("o", attention::scaled_dot_product(p, q, k, v, {.causal = true}).out, "bqhv");
//
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

namespace einc::attention {

// ------------------------------------------------------------------------------------------------- labels and positions

// The labels that tell queries from keys. All other labels (batch, heads) are shared by whoever has them: a tensor without
// one does not vary along it. So keys [b g k c] serve queries [b g r q c] of r heads a group, and nothing is repeated.
struct Labels {
  std::string query = "q", key = "k";  // positions
  std::string features = "c";          // of queries and keys, summed over in the scores
};

// Where query 0 stands beside the keys. top_left: at key 0. bottom_right: so that the last query meets the last key, as
// when the keys hold a past (https://github.com/Dao-AILab/flash-attention, since 2.1).
enum class Align : std::uint8_t { top_left, bottom_right };

// The places of queries and keys as numbers, along q and along k.
struct Positions {
  Tensor query, key;
};
Positions positions(Program& program, Align align = Align::top_left, const Labels& labels = {});

// Query i sees the keys from i - left to i + right, both included.
struct Window {
  Extent left = 0, right = 0;
};

// Masks: 1 where a query sees a key, 0 where it is hidden. They are joined with `&&`.
Tensor causal(const Positions& at);                                                             // key <= query
Tensor window(const Positions& at, const Window& width);
Tensor valid_length(Program& program, const Tensor& length, const Labels& labels = {});         // iota(k) < length

Tensor soft_cap(const Tensor& score, double cap);              // cap * tanh(score / cap): Gemma Team, arXiv:2408.00118
Tensor alibi(const Positions& at, const Tensor& slopes);       // slopes * (key - query): Press et al., arXiv:2108.12409

// ------------------------------------------------------------------------------------------------- scores and averages

// A score and the places of its query and key: what a user may do to a score.
using ScoreFunction = std::function<Tensor(Tensor score, Tensor query_position, Tensor key_position)>;

// What happens to scores, in this order: times scale, soft cap, + bias, + ALiBi, the user's function, masks, sink, softmax,
// dropout.
struct Scoring {
  std::optional<double> scale = {};       // nothing: 1 / sqrt(extent of the features)
  double soft_cap = 0;                    // 0: none
  ScoreFunction function = {};
  bool causal = false;
  Align align = Align::top_left;
  std::optional<Window> window = {};
  double hidden = -infinity;              // what replaces a hidden score. Finite values keep a row from being empty
  EmptyRow empty_row = EmptyRow::zero;    // a row whose scores are all -inf; with a sink it is zeros
  double dropout = 0;                     // weights are divided by 1 - dropout where `keep` lets them through
};

// The tensors that take part in it, with whatever labels they vary along.
struct ScoreTensors {
  std::optional<Tensor> bias = {};          // added
  std::optional<Tensor> slopes = {};        // of ALiBi
  std::optional<Tensor> mask = {};          // 0: hidden
  std::optional<Tensor> valid_length = {};  // keys at this position and later are hidden
  std::optional<Tensor> sink = {};          // one more score a row, which takes weight and gives none
  std::optional<Tensor> keep = {};          // 0 where dropout lets nothing through, else 1
  std::optional<Positions> at = {};         // nothing: positions(program, scoring.align)
};

// Scores and what follows from them. What no output asks for is not computed.
struct Attended {
  Tensor out;        // sum over k of weights * values
  Tensor weights;    // softmax over k, before dropout
  Tensor scores;     // as they enter the softmax
  Tensor logsumexp;  // log sum exp of the scores, sink included; -inf for an empty row
};

// All of Scoring but the scale and what comes after the masks.
Tensor adjust(Program& program, const Tensor& scores, const Scoring& scoring, const ScoreTensors& with = {}, const Labels& labels = {});

// scale * sum_c q k, then adjust(): [.. q k].
Tensor scores(Program& program, const Tensor& q, const Tensor& k, const Scoring& scoring, const ScoreTensors& with = {}, const Labels& labels = {});

// softmax over k of scores, and the average of v it gives.
Attended pool(const Tensor& scores, const Tensor& v, const Scoring& scoring = {}, const ScoreTensors& with = {}, const Labels& labels = {});

// softmax(scale * q k) v: Vaswani et al., arXiv:1706.03762. q [.. q c], k [.. k c], v [.. k v] with labels in any order; out
// has the labels of the scores but k, then those of v.
Attended scaled_dot_product(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Scoring& scoring = {},
                            const ScoreTensors& with = {}, const Labels& labels = {});

// sum_h w tanh(q + k): Bahdanau, Cho, Bengio, arXiv:1409.0473. q [.. q h] and k [.. k h] are projected already; w [h].
Tensor additive_scores(const Tensor& q, const Tensor& k, const Tensor& w);

// d loss / d q, k, v from d loss / d out, with out and logsumexp as scaled_dot_product() gave them: weights are computed
// again as exp(scores - logsumexp) (Dao, arXiv:2307.08691). Throws Error (bad_option) when scoring has a function.
struct Gradients {
  Tensor q, k, v;
};
Gradients gradients(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out, const Tensor& logsumexp,
                    const Tensor& out_gradient, const Scoring& scoring = {}, const ScoreTensors& with = {}, const Labels& labels = {});

// ------------------------------------------------------------------------------------------------- attention in parts

// What is left to know of the keys seen so far (Milakov, Gimelshein, arXiv:1805.02867): the largest score, the sum of
// exp(score - highest) and the values weighted with it.
struct Partial {
  Tensor highest, sum, weighted;
};
Partial partial(const Tensor& scores, const Tensor& v, const Labels& labels = {});
Partial merge_partials(const Partial& x, const Partial& y);             // in any order and grouping
Partial merge_partials(const Partial& x, const std::string& parts);    // over a label of partials
Tensor finish(const Partial& x);                                        // weighted / sum, 0 where no key was seen
Tensor logsumexp_of(const Partial& x);

// Sequences packed one behind the other, as cu_seqlens tells: sequence n is positions starts[n] to starts[n + 1]. The mask
// lets queries see keys of their own sequence; positions count from its start.
struct Packing {
  Positions at;
  Tensor same_sequence;
};
Packing packing(Program& program, const Tensor& query_starts, const Tensor& key_starts, Align align = Align::top_left, const Labels& labels = {});

// Keys or values [.. k ..] out of pages [p s ..] of s slots, page table[b t] for positions t * s onwards (Kwon et al.,
// arXiv:2309.06180). Entries that are no page, such as -1, give zeros: hide them with valid_length.
struct PageLabels {
  std::string page = "p", slot = "s", entry = "t", key = "k";
};
Tensor paged(const Tensor& pages, const Tensor& table, const PageLabels& labels = {});

// ------------------------------------------------------------------------------------------------- around attention

// sum of x * weight over the labels both have, + bias.
Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias = {});

// [b q e] -> [b q h c] and back: split_heads(x, "e", "hc", 8), combine_heads(y, "hc", "e"). compile() throws Error when the
// heads do not divide the features.
Tensor split_heads(const Tensor& x, std::string_view features, std::string_view into, Extent heads);
Tensor combine_heads(const Tensor& x, std::string_view labels, std::string_view into);

// Weights of several heads, their labels such that linear() meets the features: query [a h c], key [m h c], value [n h v],
// output [h v o]; for grouped heads query [a g r c] and key [m g c].
struct Projections {
  Tensor query, key, value, output;
  std::optional<Tensor> query_bias = {}, key_bias = {}, value_bias = {}, output_bias = {};
};
// linear(scaled_dot_product(linear(queries), linear(keys), linear(values))).
struct MultiHead {
  Tensor out;
  Attended heads;  // each head before the output projection
};
MultiHead multi_head(Program& program, const Tensor& queries, const Tensor& keys, const Tensor& values, const Projections& with,
                     const Scoring& scoring = {}, const ScoreTensors& tensors = {}, const Labels& labels = {});

// gamma * layer_norm(x + y) + beta over the labels of gamma; epsilon 1e-5.
Tensor add_norm(const Tensor& x, const Tensor& y, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-5);

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over the labels of gamma: x [b q e], gamma and beta [e] give
// [b q e] (Ba, Kiros, Hinton, arXiv:1607.06450). Throws Error: bad_program when x has not all labels of gamma, or programs differ.
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-5);

// What stands between the two matrices of a small network. gelu is the exact one, x Phi(x).
enum class Activation : std::uint8_t { relu, gelu };

// linear(activation(linear(x, w1, b1)), w2, b2): x [b q e], w1 [f e], b1 [f], w2 [e f], b2 [e] give [b q e]. Throws Error: bad_program
// when the tensors belong to different programs.
Tensor feed_forward(const Tensor& x, const Tensor& w1, const Tensor& b1, const Tensor& w2, const Tensor& b2, Activation activation = Activation::relu);

// One layer of an encoder: self-attention over x, which is read under the label of the keys too, and the small network, each
// added to what it read. Norms stand behind the sums (arXiv:1706.03762), or with norm_first before attention and network
// (Xiong et al., arXiv:2002.04745). x [b q e] gives [b q e]; attention as multi_head() takes it, w1 [f e], b1 [f], w2 [e f], b2 [e],
// gamma and beta [e]. Throws Error: bad_program when labels do not meet or the tensors belong to different programs.
struct EncoderLayer {
  struct Norm {
    Tensor gamma, beta;
  };
  Projections attention;
  Tensor w1, b1, w2, b2;
  Norm norm1, norm2;
  Activation activation = Activation::relu;
  bool norm_first = false;
  double epsilon = 1e-5;
};
Tensor encoder_layer(Program& program, const Tensor& x, const EncoderLayer& with, const Scoring& scoring = {}, const ScoreTensors& tensors = {},
                     const Labels& labels = {});

// Which features turn together: half: t with t + width / 2. interleaved: 2 t with 2 t + 1. (Su et al., arXiv:2104.09864)
enum class Pairing : std::uint8_t { half, interleaved };

// x with every pair of features turned by its angle, whose cosine and sine have the labels of the positions and `pair`,
// which has half as many positions as the features. compile() throws Error when the features are odd.
Tensor rotate(Program& program, const Tensor& x, const Tensor& cosine, const Tensor& sine, Pairing pairing, const std::string& features = "c",
              const std::string& pair = "[pair]");
// The same with angles position * base^(-2 pair / width), worked out in the program's own type.
Tensor rotary(Program& program, const Tensor& x, const Tensor& position, Pairing pairing = Pairing::half, double base = 10000,
              const std::string& features = "c");

// [q e]: sin(q / 10000^(e / width)) for even e, and the cosine of the same angle for e + 1 (arXiv:1706.03762, 3.5).
Tensor positional_encoding(Program& program, const std::string& position = "q", const std::string& features = "e");

// x rounded to bf16 before and after a softmax that is not: 300 equal scores get 1/300 each.
Tensor stable_softmax(const Tensor& x, std::string_view labels, DType dtype);

}  // namespace einc::attention
