// gated_attention.cpp: attention with a bias and a gate, in full precision or every result rounded to bf16.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_layers.hpp>

#include <cmath>
#include <random>

#include <fmt/format.h>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

namespace {

// Uniform within sqrt(6 / (fan in + fan out)), where the labels in front of the last two count on both sides.
template <class T>
Array<T> uniform(const Shape& shape, std::mt19937_64& random) {
  Array<T> array(shape);
  const Extent front = shape[0], sides = shape[1] + shape[2];
  const double limit = std::sqrt(6 / static_cast<double>(front * sides));
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<T>(limit * (std::ldexp(static_cast<double>(random() >> 11U), -52) - 1));
  return array;
}

template <class T>
Array<T> filled(const Shape& shape, T value) {
  Array<T> array(shape);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = value;
  return array;
}

// A bias [h q k] may lack labels in front, and have extents of 1.
template <class T>
Input bias_input(const Given<T>& bias) {
  if (bias.rank() == 0 || bias.rank() > 3) need_rank("bias", bias, "hqk", "a bias that differs between batches goes into the mask's place: it has no batch");
  return without_units(labelled("bias", std::string_view("hqk").substr(3 - bias.rank()), bias));
}

}  // namespace

template <class T>
GatedAttention<T>::GatedAttention(const GatedSettings& settings, GatedWeights<T> weights, const Options& options)
    : settings_(settings), weights_(std::move(weights)), options_(options), cache_(make_cache()) {
  const Extent heads = settings_.heads;
  if (settings_.key_width != 0) need_divisible("the key features (key_width)", settings_.key_width, heads);
  if (settings_.value_width != 0) need_divisible("the value features (value_width)", settings_.value_width, heads);
  need_rank("query", weights_.query, "ahc");
  need_rank("key", weights_.key, "mhc");
  need_rank("value", weights_.value, "mhv");
  need_rank("output", weights_.output, "hvo");
  need_rank("output_bias", weights_.output_bias, "o");
  if (settings_.gating) need_rank("gating", weights_.gating, "ahv"), need_rank("gating_bias", weights_.gating_bias, "hv");
  need_equal("the heads", "settings", heads, "the query weights", weights_.query.extent(1));
  need_equal("the features that meet in a score", "queries", weights_.query.extent(2), "keys", weights_.key.extent(2));
  if (settings_.key_width != 0) need_equal("the key features of one head", "settings", settings_.key_width / heads, "weights", weights_.key.extent(2));
  if (settings_.value_width != 0) need_equal("the value features of one head", "settings", settings_.value_width / heads, "weights", weights_.value.extent(2));
}

template <class T>
GatedWeights<T> GatedAttention<T>::initial(const GatedSettings& settings, const Widths& widths, bool zero_init, std::uint64_t seed) {
  const Extent key_width = settings.key_width != 0 ? settings.key_width : widths.queries;
  const Extent value_width = settings.value_width != 0 ? settings.value_width : widths.memory;
  need_divisible("the key features", key_width, settings.heads);
  need_divisible("the value features", value_width, settings.heads);
  const Extent h = settings.heads, c = key_width / h, v = value_width / h;
  std::mt19937_64 random(seed);
  GatedWeights<T> weights;
  weights.query = uniform<T>({widths.queries, h, c}, random);
  weights.key = uniform<T>({widths.memory, h, c}, random);
  weights.value = uniform<T>({widths.memory, h, v}, random);
  if (settings.gating) weights.gating = filled<T>({widths.queries, h, v}, 0), weights.gating_bias = filled<T>({h, v}, 1);
  weights.output = zero_init ? filled<T>({h, v, widths.output}, 0) : uniform<T>({h, v, widths.output}, random);
  weights.output_bias = filled<T>({widths.output}, 0);
  return weights;
}

template <class T>
Array<T> GatedAttention<T>::operator()(const Given<T>& queries, const Given<T>& memory, const Given<T>& mask, const Given<T>& bias) const {
  return compute(queries, memory, mask, bias, {}).out;
}

template <class T>
AttendResult<T> GatedAttention<T>::compute(const Given<T>& queries, const Given<T>& memory, const Given<T>& mask, const Given<T>& bias,
                                           const Wanted& wanted) const {
  need_rank("mask", mask, "bhqk", "labels it does not vary along have extent 1: a mask of keys is [b, 1, 1, k]");
  std::vector<Input> inputs = {labelled("q_data", "bqa", queries),      labelled("m_data", "bkm", memory),
                               without_units(labelled("mask", "bhqk", mask)), labelled("query_w", "ahc", weights_.query),
                               labelled("key_w", "mhc", weights_.key),   labelled("value_w", "mhv", weights_.value),
                               labelled("output_w", "hvo", weights_.output), labelled("output_b", "o", weights_.output_bias)};
  if (bias) inputs.push_back(bias_input(bias));
  if (settings_.gating) {
    inputs.push_back(labelled("gating_w", "ahv", weights_.gating));
    inputs.push_back(labelled("gating_b", "hv", weights_.gating_bias));
  }
  const Build build = [&](Program& p, const Inputs& in) {
    const auto rounded = [&](const Tensor& x) { return settings_.round_bf16 ? cast(x, DType::bf16) : x; };
    const auto given = [&](const char* name) { return rounded(in[name]); };
    // The scale meets the queries before they meet the keys.
    const Tensor q = rounded(rounded(einsum("bqa,ahc->bqhc", given("q_data"), given("query_w"))) * rounded(rsqrt(p.extent("c"))));
    const Tensor k = rounded(einsum("bkm,mhc->bkhc", given("m_data"), given("key_w")));
    const Tensor v = rounded(einsum("bkm,mhv->bkhv", given("m_data"), given("value_w")));
    Tensor logits = rounded(einsum("bqhc,bkhc->bhqk", q, k));
    if (in.find("bias")) logits = rounded(logits + given("bias"));
    logits = where(in["mask"], logits, rounded(p.constant(settings_.hidden)));
    const Tensor weights = rounded(softmax(logits, "k"));
    Tensor averages = rounded(einsum("bhqk,bkhv->bqhv", weights, v));
    if (settings_.gating) {
      const Tensor gates = rounded(rounded(einsum("bqa, ahv->bqhv", given("q_data"), given("gating_w"))) + given("gating_b"));
      averages = rounded(averages * rounded(sigmoid(gates)));
    }
    p.output("out", rounded(rounded(einsum("bqhv,hvo->bqo", averages, given("output_w"))) + given("output_b")), "bqo");
    if (wanted.weights) p.output("weights", weights, "bhqk");
  };
  const std::string settings = fmt::format("gated {} hidden {} rounded {} weights {}", settings_.gating, settings_.hidden, settings_.round_bf16, wanted.weights);
  std::vector<Array<T>> results = run<T>(cache_.get(), options_, inputs, settings, build);
  AttendResult<T> result{std::move(results[0])};
  if (wanted.weights) result.weights = std::move(results[1]);
  return result;
}

template class GatedAttention<float>;
template class GatedAttention<double>;

}  // namespace einc::attention
