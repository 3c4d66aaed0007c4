// multi_head_attention.cpp: several heads at once, with projections before and after.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <fmt/format.h>

#include "attention/call.hpp"
#include "attention/score_arrays.hpp"

namespace einc::attention {

using namespace detail;

namespace {

// What a matrix takes and gives.
template <class T>
Extent inner(const Given<T>& matrix, WeightOrder order) { return matrix.extent(order == WeightOrder::output_input ? 1 : 0); }
template <class T>
Extent outer(const Given<T>& matrix, WeightOrder order) { return matrix.extent(order == WeightOrder::output_input ? 0 : 1); }

// A matrix as an array of heads: [h c a] or [a h c], whichever way it is stored.
template <class T>
Input projection(const std::string& name, const Given<T>& matrix, const MultiHeadSettings& settings, const std::string& from, const std::string& width,
                 Extent heads, const Layout& layout) {
  const std::string labels = settings.order == WeightOrder::output_input ? "[rows]" + from : from + "[rows]";
  return with_heads(split_label(labelled(name, labels, matrix), "[rows]", "h" + width, heads), layout);
}
template <class T>
Input output_projection(const Given<T>& matrix, const MultiHeadSettings& settings, const Layout& layout) {
  const std::string labels = settings.order == WeightOrder::output_input ? "o[rows]" : "[rows]o";
  return with_heads(split_label(labelled("W_o", labels, matrix), "[rows]", "hv", settings.heads), layout);
}

// The label h of keys is g when heads are grouped.
Input of_key_heads(Input input, const Layout& layout) {
  for (std::string& label : input.labels)
    if (label == "h") label = layout.key_heads;
  return input;
}

std::string text_of(const MultiHeadSettings& settings) { return detail::text_of(settings.scoring); }

Projections projections(const Inputs& in) {
  return {in["W_q"], in["W_k"], in["W_v"], in["W_o"], in.find("b_q"), in.find("b_k"), in.find("b_v"), in.find("b_o")};
}

}  // namespace

template <class T>
MultiHeadAttention<T>::MultiHeadAttention(MultiHeadSettings settings, MultiHeadWeights<T> weights, const Options& options)
    : settings_(std::move(settings)), weights_(std::move(weights)), options_(options), cache_(make_cache()) {
  const WeightOrder order = settings_.order;
  if (settings_.key_heads == 0) settings_.key_heads = settings_.heads;
  const bool output_first = order == WeightOrder::output_input;
  need_rank("query", weights_.query, output_first ? "[heads*c]a" : "a[heads*c]");
  need_rank("key", weights_.key, output_first ? "[heads*c]m" : "m[heads*c]");
  need_rank("value", weights_.value, output_first ? "[heads*v]n" : "n[heads*v]");
  need_rank("output", weights_.output, output_first ? "o[heads*v]" : "[heads*v]o");
  const Extent heads = settings_.heads, key_heads = settings_.key_heads;
  need_divisible("the heads of the queries", heads, key_heads);
  need_divisible("the features of the queries", outer(weights_.query, order), heads);
  need_divisible("the features of the keys", outer(weights_.key, order), key_heads);
  need_divisible("the features of the values", outer(weights_.value, order), key_heads);
  need_equal("the features of one head", "queries", outer(weights_.query, order) / heads, "keys", outer(weights_.key, order) / key_heads);
  need_equal("the features of all heads", "values", outer(weights_.value, order) / key_heads * heads, "the output projection", inner(weights_.output, order));
}

template <class T>
Array<T> MultiHeadAttention<T>::operator()(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const ScoreArrays<T>& with) const {
  return compute(queries, keys, values, with, {}).out;
}

template <class T>
MultiHeadResult<T> MultiHeadAttention<T>::compute(const Given<T>& queries, const Given<T>& keys, const Given<T>& values, const ScoreArrays<T>& with,
                                                  const Wanted& wanted) const {
  need_rank("queries", queries, "bqa");
  need_rank("keys", keys, "bkm");
  need_rank("values", values, "bkn");
  need_equal("the numbers of keys and values", "keys", keys.extent(1), "values", values.extent(1));
  need_equal("the features of the queries and their projection", "queries", queries.extent(2), "the projection", inner(weights_.query, settings_.order));
  need_equal("the features of the keys and their projection", "keys", keys.extent(2), "the projection", inner(weights_.key, settings_.order));
  need_equal("the features of the values and their projection", "values", values.extent(2), "the projection", inner(weights_.value, settings_.order));

  const Layout layout = layout_of("b", settings_.heads, settings_.key_heads);
  const Extent heads = settings_.heads, groups = settings_.key_heads;
  const Layout one_label{"b", "h", "h", 0};
  std::vector<Input> inputs = {labelled("queries", "bqa", queries),
                               labelled("keys", "bkm", keys),
                               labelled("values", "bkn", values),
                               projection("W_q", weights_.query, settings_, "a", "c", heads, layout),
                               of_key_heads(projection("W_k", weights_.key, settings_, "m", "c", groups, one_label), layout),
                               of_key_heads(projection("W_v", weights_.value, settings_, "n", "v", groups, one_label), layout),
                               output_projection(weights_.output, settings_, layout)};
  const auto add_bias = [&](const char* name, const Given<T>& bias, const std::string& width, Extent of) {
    if (bias) inputs.push_back(split_label(labelled(name, "[rows]", bias), "[rows]", "h" + width, of));
  };
  add_bias("b_q", weights_.query_bias, "c", heads);
  if (weights_.query_bias) inputs.back() = with_heads(inputs.back(), layout);
  add_bias("b_k", weights_.key_bias, "c", groups);
  if (weights_.key_bias) inputs.back() = of_key_heads(inputs.back(), layout);
  add_bias("b_v", weights_.value_bias, "v", groups);
  if (weights_.value_bias) inputs.back() = of_key_heads(inputs.back(), layout);
  if (weights_.output_bias) inputs.push_back(labelled("b_o", "o", weights_.output_bias));
  add_score_arrays(inputs, with, layout);

  const Build build = [&](Program& p, const Inputs& in) {
    const MultiHead result = multi_head(p, in["queries"], in["keys"], in["values"], projections(in), settings_.scoring, score_tensors(in));
    p.output("out", result.out, "bqo");
    if (wanted.weights) p.output("weights", merged_heads(result.heads.weights, layout), "bhqk");
    if (wanted.heads) p.output("combined", merge(result.heads.out, layout.heads + "v", "e"), "bqe");
  };
  const std::string settings = fmt::format("multi head {} weights {} heads {}", text_of(settings_), wanted.weights, wanted.heads);
  std::vector<Array<T>> results = run<T>(cache_.get(), options_, inputs, settings, build);
  MultiHeadResult<T> result{std::move(results[0])};
  std::size_t next = 1;
  if (wanted.weights) result.weights = std::move(results[next++]);
  if (wanted.heads) result.combined = std::move(results[next]);
  return result;
}

template <class T>
Array<T> MultiHeadAttention<T>::step(const Given<T>& x, KeyValueCache<T>& past) const {
  need_rank("x", x, "bna");
  const WeightOrder order = settings_.order;
  need_equal("the features of x and the projection of keys", "x", x.extent(2), "the projection", inner(weights_.key, order));
  need_equal("the features of x and the projection of values", "x", x.extent(2), "the projection", inner(weights_.value, order));
  const Layout layout = layout_of("b", settings_.heads, settings_.key_heads), one_label{"b", "h", "h", 0};
  const Extent heads = settings_.heads, groups = settings_.key_heads;

  std::vector<Input> inputs = {labelled("x", "bka", x), projection("W_k", weights_.key, settings_, "a", "c", groups, one_label),
                               projection("W_v", weights_.value, settings_, "a", "v", groups, one_label)};
  if (weights_.key_bias) inputs.push_back(split_label(labelled("b_k", "[rows]", weights_.key_bias), "[rows]", "hc", groups));
  if (weights_.value_bias) inputs.push_back(split_label(labelled("b_v", "[rows]", weights_.value_bias), "[rows]", "hv", groups));
  const auto slots = past.extend(x.extent(1), x.extent(0), groups, outer(weights_.key, order) / groups, outer(weights_.value, order) / groups);
  run_into<T>(cache_.get(), options_, inputs, "keys and values", [](Program& p, const Inputs& in) {
    p.output("keys", linear(in["x"], in["W_k"], in.find("b_k")), "bkhc");
    p.output("values", linear(in["x"], in["W_v"], in.find("b_v")), "bkhv");
  }, {slots.keys, slots.values});

  const auto all = past.all();
  const T length = static_cast<T>(past.length());
  inputs = {labelled("x", "bqa", x), projection("W_q", weights_.query, settings_, "a", "c", heads, layout),
            output_projection(weights_.output, settings_, layout), labelled("keys", "bk" + layout.key_heads + "c", Given<T>(all.keys)),
            labelled("values", "bk" + layout.key_heads + "v", Given<T>(all.values)), labelled("length", "", Given<T>(TensorView<const T>(&length, {})))};
  if (weights_.query_bias) inputs.push_back(with_heads(split_label(labelled("b_q", "[rows]", weights_.query_bias), "[rows]", "hc", heads), layout));
  if (weights_.output_bias) inputs.push_back(labelled("b_o", "o", weights_.output_bias));
  const Build attend = [&](Program& p, const Inputs& in) {
    const Positions at{p.iota("q") + (in["length"] - p.extent("q")), p.iota("k")};
    Scoring scoring = settings_.scoring;
    // Slots after the newest position hold nothing: a finite number in their place would still give them weight.
    scoring.causal = true, scoring.hidden = -infinity;
    const Tensor q = linear(in["x"], in["W_q"], in.find("b_q"));
    const Tensor heads_out = scaled_dot_product(p, q, in["keys"], in["values"], scoring, {.at = at}).out;
    p.output("out", linear(heads_out, in["W_o"], in.find("b_o")), "bqo");
  };
  return std::move(run<T>(cache_.get(), options_, inputs, "step " + text_of(settings_), attend)[0]);
}

template class MultiHeadAttention<float>;
template class MultiHeadAttention<double>;

}  // namespace einc::attention
