// attend_packed.cpp: attention on arrays whose keys are packed sequences or pages of a cache.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_arrays.hpp>

#include <fmt/format.h>

#include "attention/call.hpp"
#include "attention/score_arrays.hpp"

namespace einc::attention {

using namespace detail;

template <class T>
Array<T> attend_packed(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Given<T>& query_starts, const Given<T>& key_starts,
                       const Scoring& scoring, const Options& options) {
  need_rank("q", q, "qhc");
  need_rank("k", k, "khc");
  need_rank("v", v, "khv");
  need_equal("the features that meet in a score", "queries", q.extent(2), "keys", k.extent(2));
  need_equal("the numbers of keys and values", "keys", k.extent(0), "values", v.extent(0));
  need_equal("the heads of keys and values", "keys", k.extent(1), "values", v.extent(1));
  need_rank("query_starts", query_starts, "n");
  need_rank("key_starts", key_starts, "n");
  need_equal("the numbers of sequences", "query_starts", query_starts.extent(0), "key_starts", key_starts.extent(0));
  const Layout layout = layout_of("", q.extent(1), k.extent(1));
  const std::vector<Input> inputs = {with_heads(labelled("q", "qhc", q), layout), labelled("k", "k" + layout.key_heads + "c", k),
                                     labelled("v", "k" + layout.key_heads + "v", v), labelled("query_starts", "n", query_starts),
                                     labelled("key_starts", "n", key_starts)};
  const Build build = [&](Program& p, const Inputs& in) {
    const Packing packed = packing(p, in["query_starts"], in["key_starts"], scoring.align);
    const Attended attended = scaled_dot_product(p, in["q"], in["k"], in["v"], scoring, {.mask = packed.same_sequence, .at = packed.at});
    p.output("out", merged_heads(attended.out, layout), "qhv");
  };
  return std::move(run<T>(scoring.function ? nullptr : &shared_cache(), options, inputs, "packed " + text_of(scoring), build)[0]);
}

template <class T>
Array<T> attend_paged(const Given<T>& q, const Given<T>& key_pages, const Given<T>& value_pages, const Given<T>& table, const Given<T>& lengths,
                      const Scoring& scoring, const Options& options) {
  need_rank("q", q, "bhqc");
  need_rank("key_pages", key_pages, "psgc");
  need_rank("value_pages", value_pages, "psgv");
  need_rank("table", table, "bt");
  need_rank("lengths", lengths, "b");
  need_equal("the features that meet in a score", "queries", q.extent(3), "keys", key_pages.extent(3));
  need_equal("the heads of keys and values", "keys", key_pages.extent(2), "values", value_pages.extent(2));
  const Layout layout = layout_of("b", q.extent(1), key_pages.extent(2));
  const std::vector<Input> inputs = {with_heads(labelled("q", "bhqc", q), layout), labelled("key_pages", "ps" + layout.key_heads + "c", key_pages),
                                     labelled("value_pages", "ps" + layout.key_heads + "v", value_pages), labelled("table", "bt", table),
                                     labelled("lengths", "b", lengths)};
  const Build build = [&](Program& p, const Inputs& in) {
    const Tensor k = paged(in["key_pages"], in["table"]), v = paged(in["value_pages"], in["table"]);
    // Each sequence has its own last key, which bottom_right lets the last query meet.
    Positions at = {p.iota("q"), p.iota("k")};
    if (scoring.align == Align::bottom_right) at.query = at.query + (in["lengths"] - p.extent("q"));
    const Attended attended = scaled_dot_product(p, in["q"], k, v, scoring, {.valid_length = in["lengths"], .at = at});
    p.output("out", merged_heads(attended.out, layout), "bhqv");
  };
  return std::move(run<T>(scoring.function ? nullptr : &shared_cache(), options, inputs, "paged " + text_of(scoring), build)[0]);
}

#define EINC_ATTEND_PACKED(T)                                                                                                                     \
  template Array<T> attend_packed<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Scoring&,         \
                                     const Options&);                                                                                             \
  template Array<T> attend_paged<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Scoring&, const Options&);
EINC_ATTEND_PACKED(float)
EINC_ATTEND_PACKED(double)
#undef EINC_ATTEND_PACKED

}  // namespace einc::attention
