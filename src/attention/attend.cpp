// attend.cpp: scaled dot product attention on arrays, forwards and backwards.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_arrays.hpp>

#include <einc/gradients.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attention/call.hpp"
#include "attention/score_arrays.hpp"

namespace einc::attention {

namespace {

using namespace detail;

struct Call {
  Layout layout;
  std::vector<Input> inputs;
};

// Queries, keys and values with their labels, checked against one another.
template <class T>
Call call_of(const Given<T>& q, const Given<T>& k, const Given<T>& v) {
  if (!q || q.rank() < 2 || q.rank() > 4)
    throw Error(ErrorCode::rank_mismatch, fmt::format("queries have shape [{}], but [b h q c], [b q c] or [q c] is needed", fmt::join(q.extents(), ", ")));
  Call call;
  const std::string batch = q.rank() > 2 ? "b" : "", heads = q.rank() > 3 ? "h" : "";
  need_rank("q", q, batch + heads + "qc");
  need_rank("k", k, batch + heads + "kc");
  need_rank("v", v, batch + heads + "kv");
  const std::size_t last = q.rank() - 1;
  need_equal("the features that meet in a score", "queries", q.extent(last), "keys", k.extent(last));
  need_equal("the numbers of keys and values", "keys", k.extent(last - 1), "values", v.extent(last - 1));
  call.layout = heads.empty() ? Layout{batch, "", "", 0} : layout_of(batch, q.extent(1), k.extent(1));
  if (!heads.empty()) need_equal("the heads of keys and values", "keys", k.extent(1), "values", v.extent(1));
  call.inputs.push_back(with_heads(labelled("q", batch + heads + "qc", q), call.layout));
  call.inputs.push_back(labelled("k", batch + call.layout.key_heads + "kc", k));
  call.inputs.push_back(labelled("v", batch + call.layout.key_heads + "kv", v));
  return call;
}

Build attention_program(const Scoring& scoring, const Layout& layout, const Wanted& wanted) {
  return [=](Program& p, const Inputs& in) {
    const Attended attended = scaled_dot_product(p, in["q"], in["k"], in["v"], scoring, score_tensors(in));
    const std::string before = layout.batch + layout.merged_heads();
    p.output("out", merged_heads(attended.out, layout), before + "qv");
    if (wanted.weights) p.output("weights", merged_heads(attended.weights, layout), before + "qk");
    if (wanted.logsumexp) p.output("logsumexp", merged_heads(attended.logsumexp, layout), before + "q");
  };
}

template <class T>
struct Prepared {
  Call call;
  std::string settings;
  Build build;
};
template <class T>
Prepared<T> prepare(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Scoring& scoring, const ScoreArrays<T>& with, const Wanted& wanted) {
  Prepared<T> prepared{call_of(q, k, v), {}, {}};
  add_score_arrays(prepared.call.inputs, with, prepared.call.layout);
  prepared.settings = fmt::format("attend {} weights {} logsumexp {}", text_of(scoring), wanted.weights, wanted.logsumexp);
  prepared.build = attention_program(scoring, prepared.call.layout, wanted);
  return prepared;
}

template <class T>
AttendResult<T> attend_with(Cache* cache, const Given<T>& q, const Given<T>& k, const Given<T>& v, const Scoring& scoring, const ScoreArrays<T>& with,
                            const Wanted& wanted, const Options& options) {
  const Prepared<T> prepared = prepare(q, k, v, scoring, with, wanted);
  std::vector<Array<T>> results = run<T>(cache, options, prepared.call.inputs, prepared.settings, prepared.build);
  AttendResult<T> result{std::move(results[0])};
  std::size_t next = 1;
  if (wanted.weights) result.weights = std::move(results[next++]);
  if (wanted.logsumexp) result.logsumexp = std::move(results[next]);
  return result;
}

}  // namespace

template <class T>
DotProductAttention<T>::DotProductAttention(Scoring scoring, const Options& options)
    : scoring_(std::move(scoring)), options_(options), cache_(make_cache()) {}

template <class T>
Array<T> DotProductAttention<T>::operator()(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with) const {
  return compute(q, k, v, with, {}).out;
}

template <class T>
AttendResult<T> DotProductAttention<T>::compute(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with,
                                                const Wanted& wanted) const {
  return attend_with(cache_.get(), q, k, v, scoring_, with, wanted, options_);
}

template <class T>
Compiled DotProductAttention<T>::compiled(const Given<T>& q, const Given<T>& k, const Given<T>& v, const ScoreArrays<T>& with, const Wanted& wanted) const {
  const Prepared<T> prepared = prepare(q, k, v, scoring_, with, wanted);
  Options options = options_;
  options.dtype = dtype_of<T>;
  return compiled_for(cache_.get(), options, prepared.call.inputs, prepared.settings, prepared.build);
}

template <class T>
AttendResult<T> attend_all(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Scoring& scoring, const ScoreArrays<T>& with,
                           const Wanted& wanted, const Options& options) {
  // Two functions cannot be told apart, so what was compiled with one is not kept.
  return attend_with(scoring.function ? nullptr : &shared_cache(), q, k, v, scoring, with, wanted, options);
}

template <class T>
AttendGradients<T> attend_gradients(const Given<T>& q, const Given<T>& k, const Given<T>& v, const Given<T>& out_gradient, const Scoring& scoring,
                                    const ScoreArrays<T>& with, const Options& options) {
  Call call = call_of(q, k, v);
  add_score_arrays(call.inputs, with, call.layout);
  const std::vector<Input> forward = call.inputs;
  const Layout layout = call.layout;
  call.inputs.push_back(labelled("out_gradient", layout.batch + layout.merged_heads() + "qv", out_gradient));
  const Build build = [&](Program& p, const Inputs&) {
    Program attention;
    std::map<std::string, Tensor> tensors;
    for (const Input& input : forward) tensors.emplace(input.name, attention.input(input.name, joined(input.labels)));
    attention_program(scoring, layout, {})(attention, Inputs(std::move(tensors)));
    GradientOptions keeping;
    keeping.keep_outputs = true;
    p = grad(attention, "out", {"q", "k", "v"}, keeping);
  };
  Shape shape = q.extents();
  shape.back() = v.extents().back();
  AttendGradients<T> result{Array<T>(shape), Array<T>(q.extents()), Array<T>(k.extents()), Array<T>(v.extents())};
  const std::vector<TensorView<T>> outs{{result.out.data(), shape},
                                        {result.q.data(), forward[0].extents},
                                        {result.k.data(), forward[1].extents},
                                        {result.v.data(), forward[2].extents}};
  run_into<T>(scoring.function ? nullptr : &shared_cache(), options, call.inputs, "gradients " + text_of(scoring), build, outs);
  return result;
}

#define EINC_ATTEND(T)                                                                                                                             \
  template class DotProductAttention<T>;                                                                                                           \
  template AttendResult<T> attend_all<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Scoring&, const ScoreArrays<T>&, const Wanted&, \
                                         const Options&);                                                                                          \
  template AttendGradients<T> attend_gradients<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Scoring&,              \
                                                  const ScoreArrays<T>&, const Options&);
EINC_ATTEND(float)
EINC_ATTEND(double)
#undef EINC_ATTEND

}  // namespace einc::attention
