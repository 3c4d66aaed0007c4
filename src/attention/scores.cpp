// scores.cpp: the score of a query and a key, and everything that may happen to it before the softmax.
// SPDX-License-Identifier: BSD-3-Clause
#include "attention/scores.hpp"

#include "attention/labels.hpp"

namespace einc::attention {

Positions positions(Program& program, Align align, const Labels& labels) {
  Tensor query = program.iota(labels.query);
  if (align == Align::bottom_right) query = query + (program.extent(labels.key) - program.extent(labels.query));
  return {query, program.iota(labels.key)};
}

Tensor causal(const Positions& at) { return at.key <= at.query; }

Tensor window(const Positions& at, const Window& width) {
  const Tensor first = width.left == 0 ? at.query : at.query - static_cast<double>(width.left);
  const Tensor last = width.right == 0 ? at.query : at.query + static_cast<double>(width.right);
  return first <= at.key && at.key <= last;
}

Tensor valid_length(Program& program, const Tensor& length, const Labels& labels) { return program.iota(labels.key) < length; }

Tensor soft_cap(const Tensor& score, double cap) { return cap * tanh(score / cap); }

Tensor alibi(const Positions& at, const Tensor& slopes) { return slopes * (at.key - at.query); }

namespace {

Positions places(Program& program, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  return with.at ? *with.at : positions(program, scoring.align, labels);
}

}  // namespace

std::optional<Tensor> detail::seen(Program& program, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  std::optional<Tensor> all;
  const auto join = [&](const Tensor& mask) { all = all ? *all && mask : mask; };
  if (scoring.causal) join(causal(places(program, scoring, with, labels)));
  if (scoring.window) join(window(places(program, scoring, with, labels), *scoring.window));
  if (with.valid_length) join(valid_length(program, *with.valid_length, labels));
  if (with.mask) join(*with.mask);
  return all;
}

Tensor adjust(Program& program, const Tensor& scores, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  Tensor s = scores;
  if (scoring.soft_cap != 0) s = soft_cap(s, scoring.soft_cap);
  if (with.bias) s = s + *with.bias;
  if (with.slopes) s = s + alibi(places(program, scoring, with, labels), *with.slopes);
  if (scoring.function) {
    const Positions at = places(program, scoring, with, labels);
    s = scoring.function(s, at.query, at.key);
  }
  if (const auto mask = detail::seen(program, scoring, with, labels)) s = where(*mask, s, scoring.hidden);
  return s;
}

Tensor scores(Program& program, const Tensor& q, const Tensor& k, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  using namespace detail;
  // Batch and heads, then queries, then keys: b h q k for the labels most people use.
  const LabelList own = {labels.query, labels.key, labels.features};
  const LabelList result = united(united(without(q.labels(), own), without(k.labels(), own)), {labels.query, labels.key});
  const Tensor products = contract(q, k, result);
  return adjust(program, scoring.scale ? products * *scoring.scale : products * rsqrt(program.extent(labels.features)), scoring, with, labels);
}

Tensor additive_scores(const Tensor& q, const Tensor& k, const Tensor& w) {
  using namespace detail;
  const LabelList pair = united(q.labels(), k.labels());
  return contract(tanh(q + k), w, without(pair, w.labels()));
}

}  // namespace einc::attention
