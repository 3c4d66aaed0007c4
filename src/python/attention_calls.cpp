// attention_calls.cpp: attention on arrays: forwards, backwards, packed and paged.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <nanobind/stl/string.h>

#include "python/attention_keywords.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_results.hpp"
#include "python/attention_signatures.hpp"
#include "python/called_from.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

nb::object attend_on(nb::handle q, nb::handle k, nb::handle v, const nb::kwargs& given) {
  Keywords keywords("attend", given);
  const Scoring scoring = take_scoring(keywords);
  const Wanted wanted = take_wanted(keywords, true, false);
  Arguments arguments = {{"q", q}, {"k", k}, {"v", v}};
  add_score_arguments(arguments, keywords);
  const Options options = keywords.options();
  const NamedArrays arrays(arguments);
  return with_element(arrays.dtype(), [&]<class T>() {
    auto result = released(
        [&] { return attend_all<T>(arrays.get<T>("q"), arrays.get<T>("k"), arrays.get<T>("v"), scoring, score_arrays<T>(arrays), wanted, options); });
    return attend_result(std::move(result), wanted, arrays.results());
  });
}

nb::object attend_gradients_on(nb::handle q, nb::handle k, nb::handle v, nb::handle out_gradient, const nb::kwargs& given) {
  Keywords keywords("attend_gradients", given);
  const Scoring scoring = take_scoring(keywords);
  Arguments arguments = {{"q", q}, {"k", k}, {"v", v}, {"out_gradient", out_gradient}};
  add_score_arguments(arguments, keywords);
  const Options options = keywords.options();
  const NamedArrays arrays(arguments);
  return with_element(arrays.dtype(), [&]<class T>() {
    auto result = released([&] {
      return attend_gradients<T>(arrays.get<T>("q"), arrays.get<T>("k"), arrays.get<T>("v"), arrays.get<T>("out_gradient"), scoring,
                                 score_arrays<T>(arrays), options);
    });
    const ResultKind kind = arrays.results();
    return named_result("AttendGradients", nb::make_tuple(handed_over(std::move(result.out), kind), handed_over(std::move(result.q), kind),
                                                          handed_over(std::move(result.k), kind), handed_over(std::move(result.v), kind)));
  });
}

nb::object attend_packed_on(nb::handle q, nb::handle k, nb::handle v, nb::handle query_starts, nb::handle key_starts, const nb::kwargs& given) {
  Keywords keywords("attend_packed", given);
  const Scoring scoring = take_scoring(keywords);
  const Options options = keywords.options();
  const NamedArrays arrays({{"q", q}, {"k", k}, {"v", v}, {"query_starts", query_starts, Role::counts}, {"key_starts", key_starts, Role::counts}});
  return with_element(arrays.dtype(), [&]<class T>() {
    return handed_over(released([&] {
                         return attend_packed<T>(arrays.get<T>("q"), arrays.get<T>("k"), arrays.get<T>("v"), arrays.get<T>("query_starts"),
                                                 arrays.get<T>("key_starts"), scoring, options);
                       }),
                       arrays.results());
  });
}

nb::object attend_paged_on(nb::handle q, nb::handle key_pages, nb::handle value_pages, nb::handle table, nb::handle lengths,
                           const nb::kwargs& given) {
  Keywords keywords("attend_paged", given);
  const Scoring scoring = take_scoring(keywords);
  const Options options = keywords.options();
  const NamedArrays arrays(
      {{"q", q}, {"key_pages", key_pages}, {"value_pages", value_pages}, {"table", table, Role::counts}, {"lengths", lengths, Role::counts}});
  return with_element(arrays.dtype(), [&]<class T>() {
    return handed_over(released([&] {
                         return attend_paged<T>(arrays.get<T>("q"), arrays.get<T>("key_pages"), arrays.get<T>("value_pages"), arrays.get<T>("table"),
                                                arrays.get<T>("lengths"), scoring, options);
                       }),
                       arrays.results());
  });
}

constexpr const char* attend_documentation =
    "softmax(scale * q k) v (Vaswani et al., arXiv:1706.03762) on arrays q [b h q c], k [b g k c], v [b g k v] -> [b h q v].\n\n"
    "Head n of the h reads head n / (h / g) of the g. Without heads: [b q c], [b k c], [b k v] -> [b q v]; without batch as well: [q c],\n"
    "[k c], [k v] -> [q v]. Arrays are f64, or f32, bf16 and f16 beside each other, and of any strides. Where all\n"
    "are halves of one type the result is too, computed in f32 and rounded once; logsumexp stays f32. Results are numpy's, or of the library\n"
    "of the first array that is not numpy's.\n\n"
    "What happens to scores, in this order:\n"
    "scale: 1 / sqrt(c) when None. soft_cap: cap * tanh(score / cap) (arXiv:2408.00118). bias: added. slopes [h]: ALiBi (arXiv:2108.12409).\n"
    "function: of the score and the positions of query and key, as Tensors, while the call is compiled; keep a DotProductAttention to\n"
    "    compile once.\n"
    "causal, window=(left, right), valid_length [b] or [b q], mask: hide scores. align: 'top_left' or 'bottom_right', where the last query\n"
    "    meets the last key.\n"
    "hidden: what replaces a hidden score. sink [h]: one more score a row, which takes weight and gives none.\n"
    "empty_row: what a row gives whose scores are all -inf: 'zero', 'uniform' or 'nan'.\n"
    "keep, dropout: weights where keep is not 0, divided by 1 - dropout.\n"
    "mask, bias, keep: [b h q k] where any extent may be 1, or [q k]; a rank of 3 is refused, since it could mean [b q k] or [h q k].\n"
    "mask, keep and valid_length may be of any type.\n"
    "weights, logsumexp: True gives an AttendResult with them. Weights have q * k elements a head, which no streaming can avoid.\n"
    "options: stream ('allow', 'require', 'forbid'), threads, isa, memory_limit and others, as of compile().\n\n"
    "Raises Error when shapes do not agree, ElementTypeError (a TypeError too) for element types.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> q = np.zeros((1, 2, 4, 8)); v = np.arange(4.0).reshape(1, 1, 4, 1)\n"
    ">>> einc.attention.attend(q, q[:, :1], v, causal=True)[0, 0, :, 0]\n"
    "array([0. , 0.5, 1. , 1.5])\n"
    ">>> near = einc.attention.attend(q, q, np.repeat(v, 2, axis=1), function=lambda score, query, key: score - 100 * abs(query - key))\n"
    ">>> near[0, 0, :, 0].round(6)\n"
    "array([0., 1., 2., 3.])\n";

}  // namespace

void bind_attend(nb::module_& module) {
  module.def("attend", &attend_on, "q"_a, "k"_a, "v"_a, "settings"_a, FromCaller(),
             nb::sig("def attend(q: object, k: object, v: object, *, " EINC_SCORING_KEYWORDS ", " EINC_ARRAY_KEYWORDS
                     ", weights: bool = False, logsumexp: bool = False, **options: object) -> object"),
             attend_documentation);
  module.def("attend_gradients", &attend_gradients_on, "q"_a, "k"_a, "v"_a, "out_gradient"_a, "settings"_a, FromCaller(),
             nb::sig("def attend_gradients(q: object, k: object, v: object, out_gradient: object, *, " EINC_SCORING_KEYWORDS ", " EINC_ARRAY_KEYWORDS
                     ", **options: object) -> AttendGradients"),
             "attend() and its gradients, given that of its result [b h q v]: out and the gradients of q, k and v.\n\n"
             "Weights are computed again, not stored (Dao, arXiv:2307.08691). The arguments are those of attend(); with a function it raises\n"
             "Error (bad_option).");
  module.def("attend_packed", &attend_packed_on, "q"_a, "k"_a, "v"_a, "query_starts"_a, "key_starts"_a, "settings"_a, FromCaller(),
             nb::sig("def attend_packed(q: object, k: object, v: object, query_starts: object, key_starts: object, *, " EINC_SCORING_KEYWORDS
                     ", **options: object) -> object"),
             "Sequences packed one behind the other: q [q h c], k [k g c], v [k g v] -> [q h v].\n\n"
             "Sequence n is positions starts[n] to starts[n + 1]; starts [n + 1] as in cu_seqlens. Queries see keys of their own sequence, and\n"
             "positions count from its start. The arguments are those of attend().\n\n"
             ">>> import einc, numpy as np\n"
             ">>> x = np.zeros((5, 1, 2)); v = np.arange(5.0).reshape(5, 1, 1)\n"
             ">>> einc.attention.attend_packed(x, x, v, [0, 2, 5], [0, 2, 5])[:, 0, 0]\n"
             "array([0.5, 0.5, 3. , 3. , 3. ])\n");
  module.def("attend_paged", &attend_paged_on, "q"_a, "key_pages"_a, "value_pages"_a, "table"_a, "lengths"_a, "settings"_a, FromCaller(),
             nb::sig("def attend_paged(q: object, key_pages: object, value_pages: object, table: object, lengths: object, *, " EINC_SCORING_KEYWORDS
                     ", **options: object) -> object"),
             "Keys and values in pages of a cache: q [b h q c], pages [p s g c] and [p s g v], table [b t], lengths [b] -> [b h q v]\n"
             "(Kwon et al., arXiv:2309.06180). The arguments are those of attend().");
}

}  // namespace einc::python
