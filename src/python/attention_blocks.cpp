// attention_blocks.cpp: what stands around attention in a network, on Tensors of a program.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <einc/attention_blocks.hpp>

#include "python/arrays.hpp"
#include "python/attention_keywords.hpp"
#include "python/attention_parts.hpp"
#include "python/called_from.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

Tensor needed(Keywords& keywords, const char* name) {
  const nb::handle value = keywords.take(name);
  if (!value.is_valid()) throw nb::type_error((keywords.function() + "() needs the argument `" + name + "`").c_str());
  return take_tensor(name, value);
}

Projections projections(Keywords& keywords) {
  const auto optional = [&](const char* name) { return take_optional_tensor(name, keywords.take(name)); };
  const Tensor query = needed(keywords, "query"), key = needed(keywords, "key"), value = needed(keywords, "value"), output = needed(keywords, "output");
  return {query, key, value, output, optional("query_bias"), optional("key_bias"), optional("value_bias"), optional("output_bias")};
}

MultiHead multi_head_of(Program& program, const Tensor& queries, const Tensor& keys, const Tensor& values, const nb::kwargs& given) {
  Keywords keywords("multi_head", given);
  const Projections with = projections(keywords);
  const Scoring scoring = take_scoring(keywords);
  const ScoreTensors tensors = take_score_tensors(keywords);
  const Labels labels = take_labels(keywords);
  keywords.end();
  return multi_head(program, queries, keys, values, with, scoring, tensors, labels);
}

Tensor encoder_layer_of(Program& program, const Tensor& x, const nb::kwargs& given) {
  Keywords keywords("encoder_layer", given);
  const auto tensor = [&](const char* name) { return needed(keywords, name); };
  EncoderLayer with{projections(keywords), tensor("w1"), tensor("b1"), tensor("w2"), tensor("b2"), {tensor("gamma1"), tensor("beta1")}, {tensor("gamma2"), tensor("beta2")}};
  with.activation = take_activation(keywords.word("activation", "relu"));
  with.norm_first = keywords.flag("norm_first", false);
  with.epsilon = keywords.number("epsilon", with.epsilon);
  const Scoring scoring = take_scoring(keywords);
  const ScoreTensors tensors = take_score_tensors(keywords);
  const Labels labels = take_labels(keywords);
  keywords.end();
  return encoder_layer(program, x, with, scoring, tensors, labels);
}

}  // namespace

void bind_attention_blocks(nb::module_& module) {
  module.def(
      "linear", [](const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) { return linear(x, weight, bias); }, "x"_a, "weight"_a,
      "bias"_a = nb::none(), FromCaller(), nb::sig("def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor"),
      "The sum of x * weight over the labels both have, + bias.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> einc.attention.linear(p.input('x', 'bqe'), p.input('w', 'ehc')).labels\n"
      "['b', 'q', 'h', 'c']\n");
  module.def(
      "split_heads",
      [](const Tensor& x, std::string_view features, std::string_view into, Extent heads) { return split_heads(x, features, into, heads); }, "x"_a,
      "features"_a, "into"_a, "heads"_a, FromCaller(),
      "[b q e] -> [b q h c]: split_heads(x, 'e', 'hc', 8). compile() raises Error when the heads do not divide the features.");
  module.def(
      "combine_heads", [](const Tensor& x, std::string_view labels, std::string_view into) { return combine_heads(x, labels, into); }, "x"_a,
      "labels"_a, "into"_a, FromCaller(), "[b q h c] -> [b q e]: combine_heads(y, 'hc', 'e').");
  module.def(
      "multi_head", &multi_head_of, "program"_a, "queries"_a, "keys"_a, "values"_a, "settings"_a, FromCaller(),
      nb::sig(
          "def multi_head(program: Program, queries: Tensor, keys: Tensor, values: Tensor, *, query: Tensor, key: Tensor, value: Tensor, output: "
          "Tensor, "
          "query_bias: Tensor | None = None, key_bias: Tensor | None = None, value_bias: Tensor | None = None, output_bias: Tensor | None = None, "
          "**settings: object) -> MultiHead"),
      "linear(scaled_dot_product(linear(queries), linear(keys), linear(values))): a MultiHead.\n\n"
      "The labels of the weights are such that linear() meets the features: query [a h c], key [m h c], value [n h v], output [h v o];\n"
      "for grouped heads query [a g r c] and key [m g c]. settings: the arguments of scaled_dot_product().");
  module.def(
      "add_norm",
      [](const Tensor& x, const Tensor& y, const Tensor& gamma, const Tensor& beta, double epsilon) { return add_norm(x, y, gamma, beta, epsilon); },
      "x"_a, "y"_a, "gamma"_a, "beta"_a, "epsilon"_a = 1e-5, FromCaller(), "gamma * layer_norm(x + y) + beta, on Tensors over the labels of gamma.");
  module.def(
      "layer_norm", [](const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) { return layer_norm(x, gamma, beta, epsilon); }, "x"_a,
      "gamma"_a, "beta"_a, "epsilon"_a = 1e-5, FromCaller(),
      "gamma * (x - mean) / sqrt(variance + epsilon) + beta over the labels of gamma, on Tensors: x [b q e], gamma and beta [e] -> [b q e].\n"
      "Raises Error (bad_program) when x has not all labels of gamma.");
  module.def(
      "feed_forward",
      [](const Tensor& x, const Tensor& w1, const Tensor& b1, const Tensor& w2, const Tensor& b2, std::string_view activation) {
        return feed_forward(x, w1, b1, w2, b2, take_activation(activation));
      },
      "x"_a, "w1"_a, "b1"_a, "w2"_a, "b2"_a, "activation"_a = "relu", FromCaller(),
      "linear(activation(linear(x, w1, b1)), w2, b2), on Tensors. activation: 'relu' or 'gelu'.");
  module.def(
      "encoder_layer", &encoder_layer_of, "program"_a, "x"_a, "settings"_a, FromCaller(),
      nb::sig("def encoder_layer(program: Program, x: Tensor, *, query: Tensor, key: Tensor, value: Tensor, output: Tensor, query_bias: Tensor | None = "
              "None, key_bias: Tensor | None = None, value_bias: Tensor | None = None, output_bias: Tensor | None = None, w1: Tensor, b1: Tensor, w2: "
              "Tensor, b2: Tensor, gamma1: Tensor, beta1: Tensor, gamma2: Tensor, beta2: Tensor, activation: str = 'relu', norm_first: bool = False, "
              "epsilon: float = 1e-05, **settings: object) -> Tensor"),
      "One layer of an encoder: multi_head(x, x, x) and feed_forward(), each added to what it read; norms behind the sums (arXiv:1706.03762),\n"
      "or with norm_first before attention and network (Xiong et al., arXiv:2002.04745). settings: the arguments of scaled_dot_product().\n"
      "x [b q e] -> [b q e]; w1 [f e], b1 [f], w2 [e f], b2 [e], gammas and betas [e]. Raises Error (bad_program) when labels do not meet.");
  module.def(
      "rotate",
      [](Program& p, const Tensor& x, const Tensor& cosine, const Tensor& sine, std::string_view pairing, const std::string& features,
         const std::string& pair) { return rotate(p, x, cosine, sine, take_pairing(pairing), features, pair); },
      "program"_a, "x"_a, "cosine"_a, "sine"_a, "pairing"_a = "half", "features"_a = "c", "pair"_a = "[pair]", FromCaller(),
      "x with every pair of features turned by its angle (Su et al., arXiv:2104.09864).\n\n"
      "cosine and sine have the labels of the positions and `pair`, with half as many positions as the features. pairing: 'half': t turns\n"
      "with t + width / 2. 'interleaved': 2 t with 2 t + 1. compile() raises Error when the features are odd.");
  module.def(
      "rotary",
      [](Program& p, const Tensor& x, const Tensor& position, std::string_view pairing, double base, const std::string& features) {
        return rotary(p, x, position, take_pairing(pairing), base, features);
      },
      "program"_a, "x"_a, "position"_a, "pairing"_a = "half", "base"_a = 10000, "features"_a = "c", FromCaller(),
      "rotate() by the angles position * base^(-2 pair / width), worked out in the program's own type.");
  module.def(
      "positional_encoding",
      [](Program& p, const std::string& position, const std::string& features) { return positional_encoding(p, position, features); }, "program"_a,
      "position"_a = "q", "features"_a = "e", FromCaller(),
      "[q e]: sin(q / 10000^(e / width)) for even e, and the cosine of the same angle for e + 1 (arXiv:1706.03762, 3.5).");
  module.def(
      "stable_softmax", [](const Tensor& x, std::string_view labels, nb::handle dtype) { return stable_softmax(x, labels, take_dtype(dtype)); },
      "x"_a, "labels"_a, "dtype"_a, FromCaller(), nb::sig("def stable_softmax(x: Tensor, labels: str, dtype: object) -> Tensor"),
      "x rounded to bf16 before and after a softmax that is not: 300 equal scores get 1/300 each. dtype: 'bf16', or 'f32' for no rounding.");
}

}  // namespace einc::python
