// pool.cpp: softmax over the keys and the average of values it gives; the same keys in parts, to be merged in any order.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_blocks.hpp>

#include "attention/labels.hpp"

namespace einc::attention {

namespace {

// The sum over the keys of weights * values: the labels of the weights, then those of the values.
Tensor weighted(const Tensor& weights, const Tensor& v, const Labels& labels) {
  using namespace detail;
  return contract(weights, v, without(united(weights.labels(), v.labels()), {labels.key}));
}

// exp(x - highest), and 0 along a row that is all -inf, where their difference is no number. Written as softmax writes it, so that it streams.
Tensor safe_exp(const Tensor& x, const Tensor& highest) { return exp(x - where(highest == -infinity, 0.0, highest)); }

}  // namespace

Attended pool(const Tensor& scores, const Tensor& v, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  if (scoring.dropout != 0 && !with.keep)
    throw Error(ErrorCode::bad_option, "dropout is asked for, but no tensor tells which weights to keep", {}, {}, "give ScoreTensors::keep: 0 or 1 for each weight");
  Attended result;
  result.scores = scores;
  result.weights = with.sink ? softmax(scores, labels.key, *with.sink) : softmax(scores, labels.key, scoring.empty_row);
  result.logsumexp = with.sink ? logsumexp(scores, labels.key, *with.sink) : logsumexp(scores, labels.key);
  const Tensor dropped = with.keep ? result.weights * *with.keep * (1 / (1 - scoring.dropout)) : result.weights;
  result.out = weighted(dropped, v, labels);
  return result;
}

Attended scaled_dot_product(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Scoring& scoring, const ScoreTensors& with,
                            const Labels& labels) {
  return pool(scores(program, q, k, scoring, with, labels), v, scoring, with, labels);
}

Partial partial(const Tensor& scores, const Tensor& v, const Labels& labels) {
  const Tensor highest = reduce(Reduction::max, scores, labels.key);
  // As softmax() has it: where all scores are -inf, their difference to the highest would be no number.
  const Tensor e = exp(scores - where(highest == -infinity, 0.0, highest));
  return {highest, sum(e, labels.key), weighted(e, v, labels)};
}

Partial merge_partials(const Partial& x, const Partial& y) {
  const Tensor highest = max(x.highest, y.highest);
  const Tensor of_x = safe_exp(x.highest, highest), of_y = safe_exp(y.highest, highest);
  return {highest, x.sum * of_x + y.sum * of_y, x.weighted * of_x + y.weighted * of_y};
}

Partial merge_partials(const Partial& x, const std::string& parts) {
  const Tensor highest = reduce(Reduction::max, x.highest, parts);
  const Tensor factor = safe_exp(x.highest, highest);
  return {highest, sum(x.sum * factor, parts), sum(x.weighted * factor, parts)};
}

Tensor finish(const Partial& x) { return where(x.sum == 0.0, 0.0, x.weighted / x.sum); }

Tensor logsumexp_of(const Partial& x) { return where(x.sum == 0.0, -infinity, x.highest + log(x.sum)); }

}  // namespace einc::attention
