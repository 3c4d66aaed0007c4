// attention_multi_head.cpp: the layers DotProductAttention and MultiHeadAttention.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "python/attention_keywords.hpp"
#include "python/attention_layers.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_results.hpp"
#include "python/attention_signatures.hpp"
#include "python/called_from.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

// Has no weights, so no type of its own: one layer for each, which compiles nothing before it is called.
struct DotProduct {
  DotProductAttention<float> f32;
  DotProductAttention<double> f64;
  std::shared_ptr<PythonScore::Reference> function;
  template <class T>
  const DotProductAttention<T>& of() const {
    if constexpr (sizeof(T) == sizeof(float))
      return f32;
    else
      return f64;
  }
};

void make_dot_product(DotProduct* self, const nb::kwargs& given) {
  Keywords keywords("DotProductAttention", given);
  const Scoring scoring = take_scoring(keywords);
  const Options options = keywords.options();
  new (self) DotProduct{DotProductAttention<float>(scoring, options), DotProductAttention<double>(scoring, options), reference_of(scoring)};
}

nb::object call_dot_product(const DotProduct& self, nb::handle q, nb::handle k, nb::handle v, const nb::kwargs& given) {
  Keywords keywords("DotProductAttention", given);
  const Wanted wanted = take_wanted(keywords, true, false);
  Arguments arguments = {{"q", q}, {"k", k}, {"v", v}};
  add_score_arguments(arguments, keywords);
  keywords.end();
  const NamedArrays arrays(arguments);
  return with_element(arrays.dtype(), [&]<class T>() {
    auto result =
        released([&] { return self.of<T>().compute(arrays.get<T>("q"), arrays.get<T>("k"), arrays.get<T>("v"), score_arrays<T>(arrays), wanted); });
    return attend_result(std::move(result), wanted, arrays.results());
  });
}

Compiled compiled_dot_product(const DotProduct& self, nb::handle q, nb::handle k, nb::handle v, const nb::kwargs& given) {
  Keywords keywords("compiled", given);
  const Wanted wanted = take_wanted(keywords, true, false);
  Arguments arguments = {{"q", q}, {"k", k}, {"v", v}};
  add_score_arguments(arguments, keywords);
  keywords.end();
  const NamedArrays arrays(arguments);
  return with_element(arrays.dtype(), [&]<class T>() {
    return self.of<T>().compiled(arrays.get<T>("q"), arrays.get<T>("k"), arrays.get<T>("v"), score_arrays<T>(arrays), wanted);
  });
}

WeightOrder take_order(std::string_view word) {
  if (word == "output_input") return WeightOrder::output_input;
  if (word == "input_output") return WeightOrder::input_output;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no order of weights", word), {}, {}, "offered are output_input, input_output");
}

void make_multi_head(Held<MultiHeadAttention>* self, nb::handle query, nb::handle key, nb::handle value, nb::handle output, const nb::kwargs& given) {
  Keywords keywords("MultiHeadAttention", given);
  Arguments arguments = {{"query", query}, {"key", key}, {"value", value}, {"output", output}};
  for (const char* name : {"query_bias", "key_bias", "value_bias", "output_bias"}) arguments.push_back({name, keywords.take(name)});
  const MultiHeadSettings settings{.heads = keywords.whole("heads", 1),
                                   .key_heads = keywords.whole("key_heads", 0),
                                   .order = take_order(keywords.word("order", "output_input")),
                                   .scoring = take_scoring(keywords)};
  const Options options = keywords.options();
  make_layer(self, arguments, [&]<class T>(const NamedArrays& arrays) {
    return MultiHeadAttention<T>(settings,
                                 {arrays.get<T>("query"), arrays.get<T>("key"), arrays.get<T>("value"), arrays.get<T>("output"),
                                  arrays.get<T>("query_bias"), arrays.get<T>("key_bias"), arrays.get<T>("value_bias"), arrays.get<T>("output_bias")},
                                 options);
  });
  self->function = reference_of(settings.scoring);
}

nb::object call_multi_head(const Held<MultiHeadAttention>& self, nb::handle queries, nb::handle keys, nb::handle values, const nb::kwargs& given) {
  Keywords keywords("MultiHeadAttention", given);
  const Wanted wanted = take_wanted(keywords, false, true);
  Arguments arguments = {{"queries", queries}, {"keys", keys}, {"values", values}};
  add_score_arguments(arguments, keywords);
  keywords.end();
  const NamedArrays arrays(arguments, self.dtype());
  return with_element(self.dtype(), [&]<class T>() -> nb::object {
    auto result = released([&] {
      return self.of<T>().compute(arrays.get<T>("queries"), arrays.get<T>("keys"), arrays.get<T>("values"), score_arrays<T>(arrays), wanted);
    });
    const ResultKind kind = arrays.results();
    nb::object out = handed_over(std::move(result.out), kind);
    if (!wanted.weights && !wanted.heads) return out;
    return named_result("MultiHeadResult", nb::make_tuple(out, wanted_array(wanted.weights, std::move(result.weights), kind),
                                                          wanted_array(wanted.heads, std::move(result.combined), kind)));
  });
}

nb::object step_multi_head(const Held<MultiHeadAttention>& self, nb::handle x, HeldCache& past) {
  const NamedArrays arrays({{"x", x}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(alone_with(past, [&] { return self.of<T>().step(arrays.get<T>("x"), past.cache<T>()); }), arrays.results());
  });
}

}  // namespace

void bind_dot_product_layers(nb::module_& module) {
  bind_key_value_cache(module);
  nb::class_<DotProduct>(
      module, "DotProductAttention", nb::type_slots(collected<DotProduct>()),
      "attend() that keeps its plans, one for each set of shapes, with a score function too. Settings and options are those of attend().\n\n"
      ">>> import einc, numpy as np\n"
      ">>> layer = einc.attention.DotProductAttention(causal=True)\n"
      ">>> x = np.ones((2, 8, 16, 4), np.float32)\n"
      ">>> layer(x, x, x).shape\n"
      "(2, 8, 16, 4)\n")
      .def("__init__", &make_dot_product, "settings"_a, nb::sig("def __init__(self, *, " EINC_SCORING_KEYWORDS ", **options: object) -> None"))
      .def("__call__", &call_dot_product, "q"_a, "k"_a, "v"_a, "arrays"_a, FromCaller(),
           nb::sig("def __call__(self, q: object, k: object, v: object, *, " EINC_ARRAY_KEYWORDS
                   ", weights: bool = False, logsumexp: bool = False) -> object"),
           "As attend() of these arrays.")
      .def("compiled", &compiled_dot_product, "q"_a, "k"_a, "v"_a, "arrays"_a, FromCaller(),
           nb::sig("def compiled(self, q: object, k: object, v: object, *, " EINC_ARRAY_KEYWORDS
                   ", weights: bool = False, logsumexp: bool = False) -> Compiled"),
           "What a call on these arrays runs: print(layer.compiled(q, k, v).explain()).");
  nb::class_<Held<MultiHeadAttention>>(
      module, "MultiHeadAttention", nb::type_slots(collected<Held<MultiHeadAttention>>()),
      "softmax(Q K^T / sqrt(c)) V for several heads at once, with projections before and after (arXiv:1706.03762, 3.2.2).\n\n"
      "query [h*c a], key [g*c m], value [g*v n], output [o h*v] for order='output_input' (y = x W^T, as torch.nn.Linear); the other way\n"
      "round for 'input_output' (y = x W). Rows are grouped by head. With fewer key_heads than heads, groups of heads share keys and values\n"
      "(Ainslie et al., arXiv:2305.13245). Settings of the scores and options are those of attend(). Weights are borrowed, not copied.\n"
      "Raises Error: bad_option when heads do not divide the rows of a matrix; extent_mismatch when matrices do not fit together.\n\n"
      ">>> import einc, numpy as np\n"
      ">>> w = np.eye(8, dtype=np.float32)\n"
      ">>> layer = einc.attention.MultiHeadAttention(w, w, w, w, heads=2)\n"
      ">>> x = np.ones((1, 5, 8), np.float32)\n"
      ">>> layer(x, x, x).shape\n"
      "(1, 5, 8)\n"
      ">>> layer(x, x, x, weights=True).weights.shape\n"
      "(1, 2, 5, 5)\n")
      .def("__init__", &make_multi_head, "query"_a, "key"_a, "value"_a, "output"_a, "settings"_a,
           nb::sig("def __init__(self, query: object, key: object, value: object, output: object, *, query_bias: object = None, key_bias: object = "
                   "None, value_bias: object = None, "
                   "output_bias: object = None, heads: int = 1, key_heads: int = 0, order: str = 'output_input', " EINC_SCORING_KEYWORDS
                   ", **options: object) -> None"))
      .def("__call__", &call_multi_head, "queries"_a, "keys"_a, "values"_a, "arrays"_a, FromCaller(),
           nb::sig("def __call__(self, queries: object, keys: object, values: object, *, " EINC_ARRAY_KEYWORDS
                   ", weights: bool = False, heads: bool = False) -> object"),
           "queries [b q a], keys [b k m], values [b k n] -> [b q o]; with weights=True or heads=True a MultiHeadResult.")
      .def("step", &step_multi_head, "x"_a, "past"_a, FromCaller(), nb::sig("def step(self, x: object, past: KeyValueCache) -> object"),
           "Self-attention of x [b n a] over the past and x itself, position i not seeing what comes after it; x joins the past.");
}

}  // namespace einc::python
