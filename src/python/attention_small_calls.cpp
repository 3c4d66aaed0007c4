// attention_small_calls.cpp: pooling, norms and positions on arrays.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <string_view>

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "python/attention_keywords.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_results.hpp"
#include "python/called_from.hpp"
#include "python/options.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

// Computes one array of T from the arrays of a call: compute.operator()<T>() with the interpreter's lock released.
template <class Compute>
nb::object one_array(const NamedArrays& arrays, const Compute& compute) {
  return with_element(arrays.dtype(),
                      [&]<class T>() { return handed_over(released([&] { return compute.template operator()<T>(); }), arrays.results()); });
}

nb::object pooling(nb::handle scores, nb::handle v, const nb::kwargs& given) {
  Keywords keywords("attention_pooling", given);
  const Wanted wanted = take_wanted(keywords, false, false);
  const Options options = keywords.options();
  const NamedArrays arrays({{"scores", scores}, {"v", v}});
  return with_element(arrays.dtype(), [&]<class T>() {
    return attend_result(released([&] { return attention_pooling<T>(arrays.get<T>("scores"), arrays.get<T>("v"), wanted, options); }), wanted,
                         arrays.results());
  });
}

nb::object softmax_of(nb::handle logits, std::string_view dtype, const nb::kwargs& given) {
  const Options options = Keywords("stable_softmax", given).options();
  const NamedArrays arrays({{"logits", logits}});
  return one_array(arrays, [&]<class T>() { return stable_softmax<T>(arrays.get<T>("logits"), dtype, options); });
}

nb::object add_norm_of(nb::handle x, nb::handle y, nb::handle gamma, nb::handle beta, const nb::kwargs& given) {
  const Options options = Keywords("add_norm", given).options();
  const NamedArrays arrays({{"x", x}, {"y", y}, {"gamma", gamma}, {"beta", beta}});
  return one_array(
      arrays, [&]<class T>() { return add_norm<T>(arrays.get<T>("x"), arrays.get<T>("y"), arrays.get<T>("gamma"), arrays.get<T>("beta"), options); });
}

nb::object feed_forward_of(nb::handle x, nb::handle w1, nb::handle b1, nb::handle w2, nb::handle b2, const nb::kwargs& given) {
  const Options options = Keywords("feed_forward", given).options();
  const NamedArrays arrays({{"x", x}, {"w1", w1}, {"b1", b1}, {"w2", w2}, {"b2", b2}});
  return one_array(arrays, [&]<class T>() {
    return feed_forward<T>(arrays.get<T>("x"), arrays.get<T>("w1"), arrays.get<T>("b1"), arrays.get<T>("w2"), arrays.get<T>("b2"), options);
  });
}

nb::object rotary_of(nb::handle x, nb::handle position, std::string_view pairing, double base, const nb::kwargs& given) {
  const Options options = Keywords("rotary", given).options();
  const Pairing pairs = take_pairing(pairing);
  const NamedArrays arrays({{"x", x}, {"position", position, Role::counts}});
  return one_array(arrays, [&]<class T>() { return rotary<T>(arrays.get<T>("x"), arrays.get<T>("position"), pairs, base, options); });
}

nb::object add_positions_of(nb::handle x, const nb::kwargs& given) {
  const Options options = Keywords("add_positions", given).options();
  const NamedArrays arrays({{"x", x}});
  return one_array(arrays, [&]<class T>() { return add_positions<T>(arrays.get<T>("x"), options); });
}

nb::object rotary_tables_of(nb::handle position, Extent width, double base, nb::handle dtype) {
  const NamedArrays arrays({{"position", position, Role::counts}}, take_float(dtype));
  return with_element(arrays.dtype(), [&]<class T>() -> nb::object {
    auto tables = rotary_tables<T>(arrays.get<T>("position"), width, base);
    return nb::make_tuple(handed_over(std::move(tables.first), {}), handed_over(std::move(tables.second), {}));
  });
}

nb::object positional_table_of(Extent length, Extent width, nb::handle dtype) {
  return with_element(take_float(dtype), [&]<class T>() { return handed_over(positional_table<T>(length, width), {}); });
}

nb::object alibi_slopes_of(Extent heads, nb::handle dtype) {
  return with_element(take_float(dtype), [&]<class T>() { return handed_over(alibi_slopes<T>(heads), {}); });
}

}  // namespace

void bind_small_calls(nb::module_& module) {
  module.def("attention_pooling", &pooling, "scores"_a, "v"_a, "settings"_a, FromCaller(),
             nb::sig("def attention_pooling(scores: object, v: object, *, weights: bool = False, **options: object) -> object"),
             "Softmax over the last label of scores [.. q k], then the average of v [.. k v]; with weights=True an AttendResult.");
  module.def("stable_softmax", &softmax_of, "logits"_a, "dtype"_a, "options"_a, FromCaller(),
             nb::sig("def stable_softmax(logits: object, dtype: str, **options: object) -> object"),
             "Softmax over the last label of an array as networks in bf16 take it. dtype: 'f32', or 'bf16' to round before and after.\n\n"
             "Raises ElementTypeError for any other name. https://github.com/google-deepmind/alphafold, alphafold/model/modules.py\n\n"
             ">>> import einc, numpy as np\n"
             ">>> float(einc.attention.stable_softmax(np.zeros(3), 'bf16')[0])\n"
             "0.333984375\n");
  module.def("add_norm", &add_norm_of, "x"_a, "y"_a, "gamma"_a, "beta"_a, "options"_a, FromCaller(),
             nb::sig("def add_norm(x: object, y: object, gamma: object, beta: object, **options: object) -> object"),
             "gamma * layer_norm(x + y) + beta on arrays, over the last label: x, y [.. e], gamma, beta [e]. epsilon is 1e-5.");
  module.def("feed_forward", &feed_forward_of, "x"_a, "w1"_a, "b1"_a, "w2"_a, "b2"_a, "options"_a, FromCaller(),
             nb::sig("def feed_forward(x: object, w1: object, b1: object, w2: object, b2: object, **options: object) -> object"),
             "w2 relu(w1 x + b1) + b2 on arrays, over the last label: x [.. e], w1 [f e], b1 [f], w2 [o f], b2 [o] -> [.. o].");
  module.def("rotary", &rotary_of, "x"_a, "position"_a, "pairing"_a = "half", "base"_a = 10000, "options"_a, FromCaller(),
             nb::sig("def rotary(x: object, position: object, pairing: str = 'half', base: float = 10000, **options: object) -> object"),
             "An array x [.. q c] with features turned in pairs by its positions [q] (Su et al., arXiv:2104.09864).\n\n"
             "pairing: 'half': t turns with t + width / 2. 'interleaved': 2 t with 2 t + 1. Angles are worked out in double.\n\n"
             ">>> import einc, numpy as np\n"
             ">>> einc.attention.rotary(np.array([[1.0, 0.0]]), [np.pi / 2]).round(6)\n"
             "array([[0., 1.]])\n");
  module.def("rotary_tables", &rotary_tables_of, "position"_a, "width"_a, "base"_a = 10000, nb::kw_only(), "dtype"_a = "float64",
             nb::sig("def rotary_tables(position: object, width: int, base: float = 10000, *, dtype: object = 'float64') -> tuple"),
             "[q, width / 2] cosines and sines of position * base^(-2 t / width), worked out in double. Raises Error (bad_shape) for an odd width.");
  module.def("positional_table", &positional_table_of, "length"_a, "width"_a, nb::kw_only(), "dtype"_a = "float64",
             nb::sig("def positional_table(length: int, width: int, *, dtype: object = 'float64') -> object"),
             "[length, width]: sin(q / 10000^(e / width)) for even e, the cosine of the same angle for e + 1 (arXiv:1706.03762, 3.5).\n\n"
             "Raises Error (bad_shape) for an odd width.\n\n"
             ">>> import einc\n"
             ">>> einc.attention.positional_table(2, 2).round(3)\n"
             "array([[0.   , 1.   ],\n"
             "       [0.841, 0.54 ]])\n");
  module.def("add_positions", &add_positions_of, "x"_a, "options"_a, FromCaller(),
             nb::sig("def add_positions(x: object, **options: object) -> object"), "x [.. q e] + positional_table().");
  module.def("alibi_slopes", &alibi_slopes_of, "heads"_a, nb::kw_only(), "dtype"_a = "float64",
             nb::sig("def alibi_slopes(heads: int, *, dtype: object = 'float64') -> object"),
             "The slopes 2^(-8 n / heads), n = 1 ... heads, of ALiBi for a number of heads that is a power of two (arXiv:2108.12409).\n\n"
             ">>> import einc\n"
             ">>> einc.attention.alibi_slopes(4)\n"
             "array([0.25      , 0.0625    , 0.015625  , 0.00390625])\n");
}

}  // namespace einc::python
