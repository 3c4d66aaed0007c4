// attention_other_layers.cpp: the layers PerHeadAttention, GatedAttention, AdditiveAttention and AttentionLayer.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "python/attention_keywords.hpp"
#include "python/attention_layers.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_results.hpp"
#include "python/called_from.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

// ------------------------------------------------------------------------------------------------------------- per head

void make_per_head(Held<PerHeadAttention>* self, nb::handle query, nb::handle key, nb::handle value, nb::handle output, const nb::kwargs& given) {
  Keywords keywords("PerHeadAttention", given);
  const std::string word = keywords.word("combine", "concat");
  if (word != "concat" && word != "sum")
    throw Error(ErrorCode::bad_option, fmt::format("`{}` is no way to combine heads", word), {}, {}, "offered are concat, sum");
  const Combine combine = word == "sum" ? Combine::sum : Combine::concat;
  const Options options = keywords.options();
  make_layer(self, {{"query", query}, {"key", key}, {"value", value}, {"output", output}}, [&]<class T>(const NamedArrays& arrays) {
    return PerHeadAttention<T>({arrays.get<T>("query"), arrays.get<T>("key"), arrays.get<T>("value"), arrays.get<T>("output")}, combine, options);
  });
}

nb::object call_per_head(const Held<PerHeadAttention>& self, nb::handle x, bool weights, bool heads) {
  const NamedArrays arrays({{"x", x}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() -> nb::object {
    auto result = released([&] { return self.of<T>().compute(arrays.get<T>("x"), {.weights = weights, .heads = heads}); });
    const ResultKind kind = arrays.results();
    nb::object out = handed_over(std::move(result.out), kind);
    if (!weights && !heads) return out;
    return named_result("PerHeadResult", nb::make_tuple(out, wanted_array(weights, std::move(result.weights), kind),
                                                        wanted_array(heads, std::move(result.projected), kind)));
  });
}

// ---------------------------------------------------------------------------------------------------------------- gated

void make_gated(Held<GatedAttention>* self, nb::handle query, nb::handle key, nb::handle value, nb::handle output, nb::handle output_bias,
                const nb::kwargs& given) {
  Keywords keywords("GatedAttention", given);
  const nb::handle gating = keywords.take("gating"), gating_bias = keywords.take("gating_bias");
  const GatedSettings settings{.heads = keywords.whole("heads", 1),
                               .key_width = keywords.whole("key_width", 0),
                               .value_width = keywords.whole("value_width", 0),
                               .gating = gating.is_valid() || gating_bias.is_valid(),
                               .hidden = keywords.number("hidden", -1e9),
                               .round_bf16 = keywords.flag("round_bf16", false)};
  const Options options = keywords.options();
  const Arguments arguments = {{"query", query},
                               {"key", key},
                               {"value", value},
                               {"gating", gating},
                               {"gating_bias", gating_bias},
                               {"output", output},
                               {"output_bias", output_bias}};
  make_layer(self, arguments, [&]<class T>(const NamedArrays& arrays) {
    return GatedAttention<T>(settings,
                             {arrays.get<T>("query"), arrays.get<T>("key"), arrays.get<T>("value"), arrays.get<T>("gating"),
                              arrays.get<T>("gating_bias"), arrays.get<T>("output"), arrays.get<T>("output_bias")},
                             options);
  });
}

nb::object call_gated(const Held<GatedAttention>& self, nb::handle queries, nb::handle memory, nb::handle mask, nb::handle bias, bool weights) {
  const NamedArrays arrays({{"queries", queries}, {"memory", memory}, {"mask", mask, Role::counts}, {"bias", bias}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    const Wanted wanted{.weights = weights};
    auto result = released([&] {
      return self.of<T>().compute(arrays.get<T>("queries"), arrays.get<T>("memory"), arrays.get<T>("mask"), arrays.get<T>("bias"), wanted);
    });
    return attend_result(std::move(result), wanted, arrays.results());
  });
}

template <class T>
nb::object copied(const Given<T>& given) {
  Array<T> copy(given.extents());
  std::copy_n(given.data(), copy.size(), copy.data());  // just made, so dense
  return handed_over(std::move(copy), {});
}

nb::dict initial_gated(Extent queries, Extent memory, Extent output, const nb::kwargs& given) {
  Keywords keywords("initial", given);
  const GatedSettings settings{.heads = keywords.whole("heads", 1),
                               .key_width = keywords.whole("key_width", 0),
                               .value_width = keywords.whole("value_width", 0),
                               .gating = keywords.flag("gating", true)};
  const bool zero_init = keywords.flag("zero_init", true);
  const Extent seed = keywords.whole("seed", 0);
  const nb::handle dtype = keywords.take("dtype");
  keywords.end();
  constexpr Extent most = Extent{1} << 20;  // their products do not overflow
  for (const Extent width : {queries, memory, output, settings.heads, settings.key_width, settings.value_width})
    if (width < 0 || width > most) throw Error(ErrorCode::bad_shape, fmt::format("{} is no number of features or heads", width));
  return with_element(dtype.is_valid() ? take_float(dtype) : DType::f32, [&]<class T>() {
    const GatedWeights<T> weights = GatedAttention<T>::initial(settings, {queries, memory, output}, zero_init, static_cast<std::uint64_t>(seed));
    nb::dict arrays;
    arrays["query"] = copied(weights.query), arrays["key"] = copied(weights.key), arrays["value"] = copied(weights.value);
    arrays["output"] = copied(weights.output), arrays["output_bias"] = copied(weights.output_bias);
    if (settings.gating) arrays["gating"] = copied(weights.gating), arrays["gating_bias"] = copied(weights.gating_bias);
    return arrays;
  });
}

// ------------------------------------------------------------------------------------------------------------- additive

void make_additive(Held<AdditiveAttention>* self, nb::handle query, nb::handle key, nb::handle score, const nb::kwargs& given) {
  const Options options = Keywords("AdditiveAttention", given).options();
  make_layer(self, {{"query", query}, {"key", key}, {"score", score}}, [&]<class T>(const NamedArrays& arrays) {
    return AdditiveAttention<T>({arrays.get<T>("query"), arrays.get<T>("key"), arrays.get<T>("score")}, options);
  });
}

nb::object call_additive(const Held<AdditiveAttention>& self, nb::handle queries, nb::handle keys, nb::handle values, nb::handle valid_length,
                         bool weights) {
  const NamedArrays arrays({{"queries", queries}, {"keys", keys}, {"values", values}, {"valid_length", valid_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() -> nb::object {
    auto result = released([&] {
      return self.of<T>().compute(arrays.get<T>("queries"), arrays.get<T>("keys"), arrays.get<T>("values"), arrays.get<T>("valid_length"),
                                  {.weights = weights});
    });
    const ResultKind kind = arrays.results();
    nb::object out = handed_over(std::move(result.out), kind);
    if (!weights) return out;
    return named_result("AdditiveResult",
                        nb::make_tuple(out, handed_over(std::move(result.weights), kind), handed_over(std::move(result.scores), kind)));
  });
}

// ------------------------------------------------------------------------------------------------------ attention layer

void make_attention_layer(Held<AttentionLayer>* self, nb::handle query, nb::handle key, nb::handle value, const nb::kwargs& given) {
  Keywords keywords("AttentionLayer", given);
  Arguments arguments = {{"query", query}, {"key", key}, {"value", value}};
  for (const char* name : {"query_bias", "key_bias", "value_bias"}) arguments.push_back({name, keywords.take(name)});
  const bool scaled = keywords.flag("scaled", false);
  const Options options = keywords.options();
  make_layer(self, arguments, [&]<class T>(const NamedArrays& arrays) {
    return AttentionLayer<T>({arrays.get<T>("query"), arrays.get<T>("key"), arrays.get<T>("value"), arrays.get<T>("query_bias"),
                              arrays.get<T>("key_bias"), arrays.get<T>("value_bias")},
                             scaled, options);
  });
}

nb::object call_attention_layer(const Held<AttentionLayer>& self, nb::handle x, bool weights) {
  const NamedArrays arrays({{"x", x}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    auto result = released([&] { return self.of<T>()(arrays.get<T>("x"), {.weights = weights}); });
    const ResultKind kind = arrays.results();
    return named_result("AttentionLayerResult",
                        nb::make_tuple(handed_over(std::move(result.rows), kind), handed_over(std::move(result.global), kind),
                                       wanted_array(weights, std::move(result.weights), kind)));
  });
}

}  // namespace

void bind_other_layers(nb::module_& module) {
  nb::class_<Held<PerHeadAttention>>(
      module, "PerHeadAttention",
      "Self-attention with projections stored head by head, no biases, scale 1 / sqrt(j).\n\n"
      "query, key [h i j], value [h i v], output [h v d]. combine='concat': each head goes through its own block of the output weights and\n"
      "the results stand side by side, [s h*d]. 'sum': they are added, [s d].\n\n"
      ">>> import einc, numpy as np\n"
      ">>> w = np.ones((2, 4, 3))\n"
      ">>> einc.attention.PerHeadAttention(w, w, w, np.ones((2, 3, 5)), combine='sum')(np.ones((6, 4))).shape\n"
      "(6, 5)\n")
      .def(
          "__init__", &make_per_head, "query"_a, "key"_a, "value"_a, "output"_a, "settings"_a,
          nb::sig(
              "def __init__(self, query: object, key: object, value: object, output: object, *, combine: str = 'concat', **options: object) -> None"))
      .def("__call__", &call_per_head, "x"_a, nb::kw_only(), "weights"_a = false, "heads"_a = false, FromCaller(),
           nb::sig("def __call__(self, x: object, *, weights: bool = False, heads: bool = False) -> object"),
           "x [s i]; with weights=True or heads=True a PerHeadResult.");
  nb::class_<Held<GatedAttention>>(
      module, "GatedAttention",
      "Attention with a bias and a gate on every head: Jumper et al., Nature 596 (2021), supplement 1.6;\n"
      "https://github.com/google-deepmind/alphafold, alphafold/model/modules.py, class Attention.\n\n"
      "query [a h c], key [m h c], value [m h v], output [h v o], output_bias [o]; gating [a h v] and gating_bias [h v], or neither.\n"
      "heads, key_width, value_width: of all heads together, held against the weights. hidden: what replaces hidden scores, after the bias.\n"
      "round_bf16: every result rounded to bf16, the softmax taken in the type of the arrays.\n\n"
      ">>> import einc, numpy as np\n"
      ">>> weights = einc.attention.GatedAttention.initial(6, 6, 4, heads=2, seed=1)\n"
      ">>> layer = einc.attention.GatedAttention(**weights, heads=2)\n"
      ">>> x = np.ones((1, 5, 6), np.float32)\n"
      ">>> layer(x, x, np.ones((1, 1, 1, 5), bool)).shape\n"
      "(1, 5, 4)\n")
      .def(
          "__init__", &make_gated, "query"_a, "key"_a, "value"_a, "output"_a, "output_bias"_a, "settings"_a,
          nb::sig(
              "def __init__(self, query: object, key: object, value: object, output: object, output_bias: object, *, gating: object = None, "
              "gating_bias: object = None, "
              "heads: int = 1, key_width: int = 0, value_width: int = 0, hidden: float = -1e9, round_bf16: bool = False, **options: object) -> None"))
      .def("__call__", &call_gated, "queries"_a, "memory"_a, "mask"_a, "bias"_a = nb::none(), nb::kw_only(), "weights"_a = false, FromCaller(),
           nb::sig("def __call__(self, queries: object, memory: object, mask: object, bias: object = None, *, weights: bool = False) -> object"),
           "queries [b q a], memory [b k m], mask [b h q k] with extents of 1 where it does not vary, bias [h q k] or [q k]; with weights=True\nan "
           "AttendResult.")
      .def_static(
          "initial", &initial_gated, "queries"_a, "memory"_a, "output"_a, "settings"_a,
          nb::sig("def initial(queries: int, memory: int, output: int, *, heads: int = 1, key_width: int = 0, value_width: int = 0, gating: bool = "
                  "True, zero_init: bool = True, "
                  "seed: int = 0, dtype: object = 'float32') -> dict[str, object]"),
          "Weights to begin training with, for so many features: uniform within sqrt(6 / (inputs + outputs)) (Glorot, Bengio, AISTATS 2010),\n"
          "gates open by sigmoid(1), the output zeros when zero_init. The same seed gives the same weights on every machine.");
  nb::class_<Held<AdditiveAttention>>(
      module, "AdditiveAttention",
      "Scores w tanh(W_q q + W_k k): queries and keys may have different widths (arXiv:1409.0473).\n\n"
      "query [h q], key [h k], score [h]. The scores of all pairs are never stored with their h hidden features. Hidden scores are -1e6,\n"
      "so that a row that sees nothing is uniform.")
      .def("__init__", &make_additive, "query"_a, "key"_a, "score"_a, "options"_a,
           nb::sig("def __init__(self, query: object, key: object, score: object, **options: object) -> None"))
      .def("__call__", &call_additive, "queries"_a, "keys"_a, "values"_a, "valid_length"_a = nb::none(), nb::kw_only(), "weights"_a = false,
           FromCaller(),
           nb::sig(
               "def __call__(self, queries: object, keys: object, values: object, valid_length: object = None, *, weights: bool = False) -> object"),
           "queries [b n q], keys [b m k], values [b m v], valid_length None, [b] or [b n] -> [b n v]; with weights=True an AdditiveResult.");
  nb::class_<Held<AttentionLayer>>(
      module, "AttentionLayer",
      "Self-attention over tanh projections: softmax(q k) v with q, k, v = tanh(W x + b) (Xu et al., NeurIPS 2020, HiT-MAC;\n"
      "https://github.com/XuJing1022/HiT-MAC, perception.py).\n\n"
      "query, key, value [a i], their biases [a]. scaled: scores times 1 / sqrt(a), as the paper's formula has it and the code has not.")
      .def("__init__", &make_attention_layer, "query"_a, "key"_a, "value"_a, "settings"_a,
           nb::sig("def __init__(self, query: object, key: object, value: object, *, query_bias: object = None, key_bias: object = None, value_bias: "
                   "object = None, scaled: bool = False, "
                   "**options: object) -> None"))
      .def("__call__", &call_attention_layer, "x"_a, nb::kw_only(), "weights"_a = false, FromCaller(),
           nb::sig("def __call__(self, x: object, *, weights: bool = False) -> AttentionLayerResult"),
           "x [b n i] or [n i]: the rows, and their sum.");
}

}  // namespace einc::python
