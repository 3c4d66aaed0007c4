// small_calls.cpp: the smaller functions on arrays: pooling, softmax, norms, positions.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_arrays.hpp>

#include <cmath>

#include <fmt/format.h>

#include "attention/call.hpp"

namespace einc::attention {

using namespace detail;

namespace {

// The labels of an array of any rank whose last labels are named: `last` behind as many others as there are.
template <class T>
std::string ending_in(std::string_view name, const Given<T>& array, std::string_view last) {
  const std::size_t named = split_labels(last).size();
  if (!array || array.rank() < named) need_rank(name, array, last);
  std::string labels;
  for (std::size_t at = 0; at + named < array.rank(); ++at) labels += fmt::format("[n{}]", at);
  return labels + std::string(last);
}

// What a table of so many rows holds fits in memory, or its allocation fails; it does not overflow.
void need_table(Extent length, Extent width) {
  constexpr Extent most = Extent{1} << 30;
  if (length < 0 || width < 0) throw Error(ErrorCode::bad_shape, fmt::format("a table has no {} rows of {}", length, width));
  if (length > most || width > most) throw Error(ErrorCode::too_large, fmt::format("a table of {} rows of {} is too large", length, width));
}

void need_even(Extent width) {
  if (width % 2 != 0)
    throw Error(ErrorCode::bad_shape, fmt::format("{} features cannot be paired: sines and cosines alternate, so their number is even", width));
}

}  // namespace

template <class T>
AttendResult<T> attention_pooling(const Given<T>& scores, const Given<T>& v, const Wanted& wanted, const Options& options) {
  const std::string of_scores = ending_in("scores", scores, "qk"), before = of_scores.substr(0, of_scores.size() - 2);
  need_rank("v", v, before + "kv");
  const std::vector<Input> inputs = {labelled("scores", of_scores, scores), labelled("v", before + "kv", v)};
  const Build build = [&](Program& p, const Inputs& in) {
    const Attended attended = pool(in["scores"], in["v"]);
    p.output("out", attended.out, before + "qv");
    if (wanted.weights) p.output("weights", attended.weights, before + "qk");
  };
  std::vector<Array<T>> results = run<T>(&shared_cache(), options, inputs, fmt::format("pooling {}", wanted.weights), build);
  AttendResult<T> result{std::move(results[0])};
  if (wanted.weights) result.weights = std::move(results[1]);
  return result;
}

template <class T>
Array<T> stable_softmax(const Given<T>& logits, std::string_view dtype, const Options& options) {
  if (dtype != "f32" && dtype != "bf16")
    throw Error(ErrorCode::unsupported_dtype, fmt::format("a stable softmax is taken of `f32` or `bf16`, not of `{}`", dtype), {}, {}, "attention_pooling() and softmax() take any element type");
  const std::string labels = ending_in("logits", logits, "k");
  const Build build = [&](Program& p, const Inputs& in) {
    p.output("out", stable_softmax(in["logits"], "k", dtype == "bf16" ? DType::bf16 : DType::f32), labels);
  };
  return std::move(run<T>(&shared_cache(), options, {labelled("logits", labels, logits)}, fmt::format("stable softmax {}", dtype), build)[0]);
}

template <class H>
Array<H> rounded(const Array<float>& numbers) {
  Array<H> result(numbers.extents());
  const float* const from = numbers.data();
  H* const to = result.data();
  for (std::size_t n = 0; n < numbers.size(); ++n) to[n] = H(from[n]);
  return result;
}
template Array<bfloat16> rounded<bfloat16>(const Array<float>&);
template Array<float16> rounded<float16>(const Array<float>&);

template <class T>
Array<T> add_norm(const Given<T>& x, const Given<T>& y, const Given<T>& gamma, const Given<T>& beta, const Options& options) {
  const std::string labels = ending_in("x", x, "e");
  const std::vector<Input> inputs = {labelled("x", labels, x), labelled("y", labels, y), labelled("gamma", "e", gamma), labelled("beta", "e", beta)};
  const Build build = [&](Program& p, const Inputs& in) { p.output("out", add_norm(in["x"], in["y"], in["gamma"], in["beta"]), labels); };
  return std::move(run<T>(&shared_cache(), options, inputs, "add_norm", build)[0]);
}

template <class T>
Array<T> feed_forward(const Given<T>& x, const Given<T>& w1, const Given<T>& b1, const Given<T>& w2, const Given<T>& b2, const Options& options) {
  const std::string labels = ending_in("x", x, "e"), result = labels.substr(0, labels.size() - 1) + "o";
  const std::vector<Input> inputs = {labelled("x", labels, x), labelled("w1", "fe", w1), labelled("b1", "f", b1), labelled("w2", "of", w2), labelled("b2", "o", b2)};
  const Build build = [&](Program& p, const Inputs& in) { p.output("out", feed_forward(in["x"], in["w1"], in["b1"], in["w2"], in["b2"]), result); };
  return std::move(run<T>(&shared_cache(), options, inputs, "feed_forward", build)[0]);
}

template <class T>
std::pair<Array<T>, Array<T>> rotary_tables(const Given<T>& position, Extent width, double base) {
  need_even(width);
  need_rank("position", position, "q");
  const Extent half = width / 2, positions = position.extent(0);
  need_table(positions, width);
  std::pair<Array<T>, Array<T>> tables{Array<T>({positions, half}), Array<T>({positions, half})};
  for (Extent q = 0, n = 0; q < positions; ++q)
    for (Extent t = 0; t < half; ++t, ++n) {
      const double angle =
          static_cast<double>(position.number_at(q * position.strides()[0])) * std::pow(base, -2 * static_cast<double>(t) / static_cast<double>(width));
      tables.first[static_cast<std::size_t>(n)] = static_cast<T>(std::cos(angle));
      tables.second[static_cast<std::size_t>(n)] = static_cast<T>(std::sin(angle));
    }
  return tables;
}

template <class T>
Array<T> rotary(const Given<T>& x, const Given<T>& position, Pairing pairing, double base, const Options& options) {
  const std::string labels = ending_in("x", x, "qc");
  const auto [cosine, sine] = rotary_tables(position, x.extent(x.rank() - 1), base);
  const std::vector<Input> inputs = {labelled("x", labels, x), labelled("cosine", "q[pair]", Given<T>(cosine)), labelled("sine", "q[pair]", Given<T>(sine))};
  const Build build = [&](Program& p, const Inputs& in) { p.output("out", rotate(p, in["x"], in["cosine"], in["sine"], pairing), labels); };
  return std::move(run<T>(&shared_cache(), options, inputs, fmt::format("rotary {}", static_cast<int>(pairing)), build)[0]);
}

template <class T>
Array<T> positional_table(Extent length, Extent width) {
  need_even(width);
  need_table(length, width);
  Array<T> table({length, width});
  for (Extent q = 0, n = 0; q < length; ++q)
    for (Extent e = 0; e < width; ++e, ++n) {
      const double angle = static_cast<double>(q) / std::pow(10000.0, static_cast<double>(e - e % 2) / static_cast<double>(width));
      table[static_cast<std::size_t>(n)] = static_cast<T>(e % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  return table;
}

template <class T>
Array<T> add_positions(const Given<T>& x, const Options& options) {
  const std::string labels = ending_in("x", x, "qe");
  const Array<T> table = positional_table<T>(x.extent(x.rank() - 2), x.extent(x.rank() - 1));
  const std::vector<Input> inputs = {labelled("x", labels, x), labelled("table", "qe", Given<T>(table))};
  const Build build = [&](Program& p, const Inputs& in) { p.output("out", in["x"] + in["table"], labels); };
  return std::move(run<T>(&shared_cache(), options, inputs, "add_positions", build)[0]);
}

template <class T>
Array<T> alibi_slopes(Extent heads) {
  need_table(heads, 1);
  Array<T> slopes({heads});
  for (std::size_t n = 0; n < slopes.size(); ++n) slopes[n] = static_cast<T>(std::exp2(-8 * static_cast<double>(n + 1) / static_cast<double>(heads)));
  return slopes;
}

#define EINC_SMALL_CALLS(T)                                                                                                                           \
  template AttendResult<T> attention_pooling<T>(const Given<T>&, const Given<T>&, const Wanted&, const Options&);                                  \
  template Array<T> stable_softmax<T>(const Given<T>&, std::string_view, const Options&);                                                          \
  template Array<T> add_norm<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Options&);                               \
  template Array<T> feed_forward<T>(const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Given<T>&, const Options&);          \
  template std::pair<Array<T>, Array<T>> rotary_tables<T>(const Given<T>&, Extent, double);                                                        \
  template Array<T> rotary<T>(const Given<T>&, const Given<T>&, Pairing, double, const Options&);                                                  \
  template Array<T> positional_table<T>(Extent, Extent);                                                                                           \
  template Array<T> add_positions<T>(const Given<T>&, const Options&);                                                                             \
  template Array<T> alibi_slopes<T>(Extent);
EINC_SMALL_CALLS(float)
EINC_SMALL_CALLS(double)
#undef EINC_SMALL_CALLS

}  // namespace einc::attention
