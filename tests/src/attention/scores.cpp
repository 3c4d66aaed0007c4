// Scores: masks are comparisons of positions, and what happens to a score happens in the order that is promised.
#include "attention/scores.hpp"

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

// A mask over 3 queries and 5 keys, as rows of 0 and 1.
std::string drawn(const std::function<Tensor(Program&)>& mask) {
  Program p;
  p.fix("q", 3), p.fix("k", 5);
  p.output("mask", mask(p) * p.constant(1) + 0.0 * p.iota("q") + 0.0 * p.iota("k"), "qk");
  const auto outputs = run_program(p, {});
  std::string rows;
  for (std::size_t n = 0; n < 15; ++n) rows += (n > 0 && n % 5 == 0 ? " " : "") + std::string(outputs.at("mask")[n] != 0 ? "1" : "0");
  return rows;
}

}  // namespace

TEST_CASE("a causal mask begins at the first key or ends at the last") {
  CHECK(drawn([](Program& p) { return causal(positions(p)); }) == "10000 11000 11100");
  CHECK(drawn([](Program& p) { return causal(positions(p, Align::bottom_right)); }) == "11100 11110 11111");
}

TEST_CASE("a window includes both its ends") {
  CHECK(drawn([](Program& p) { return window(positions(p), {0, 1}); }) == "11000 01100 00110");
  CHECK(drawn([](Program& p) { return window(positions(p, Align::bottom_right), {1, 0}); }) == "01100 00110 00011");
}

TEST_CASE("keys from the valid length onwards are hidden") {
  CHECK(drawn([](Program& p) { return valid_length(p, p.constant(2)); }) == "11000 11000 11000");
  CHECK(drawn([](Program& p) { return valid_length(p, p.iota("q")); }) == "00000 10000 11000");
}

TEST_CASE("scale, cap, bias, slopes, function and mask come in this order") {
  Program p;
  const Tensor q = p.input("q", "bqc"), k = p.input("k", "bkc"), bias = p.input("bias", "qk");
  Scoring scoring{.scale = 0.5, .soft_cap = 2, .causal = true, .hidden = -7};
  scoring.function = [](Tensor score, Tensor i, Tensor j) { return score * score + i - 2.0 * j; };
  p.output("s", scores(p, q, k, scoring, {.bias = bias, .slopes = p.constant(0.25)}), "bqk");
  const Array<double> of_q = wave({1, 3, 4}, 0), of_k = wave({1, 5, 4}, 1), of_bias = wave({3, 5}, 2);
  const auto outputs = run_program(p, {{"q", &of_q}, {"k", &of_k}, {"bias", &of_bias}});
  double off = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      double s = 0;
      for (std::size_t c = 0; c < 4; ++c) s += 0.5 * of_q[i * 4 + c] * of_k[j * 4 + c];
      s = 2 * std::tanh(s / 2) + of_bias[i * 5 + j] + 0.25 * (static_cast<double>(j) - static_cast<double>(i));
      s = s * s + static_cast<double>(i) - 2 * static_cast<double>(j);
      off = std::max(off, std::abs((j <= i ? s : -7) - outputs.at("s")[i * 5 + j]));
    }
  CHECK(off < 1e-14);
}

TEST_CASE("scores have the labels of batch and heads first, then queries and keys") {
  Program p;
  const Tensor s = scores(p, p.input("q", "bqgrc"), p.input("k", "bkgc"), {});
  CHECK(s.labels() == std::vector<std::string>{"b", "g", "r", "q", "k"});
}

TEST_CASE("nothing is masked when nothing is asked for") {
  Program p;
  CHECK_FALSE(attention::detail::seen(p, {}, {}, {}).has_value());
  CHECK(attention::detail::seen(p, {.causal = true}, {}, {}).has_value());
}

TEST_CASE("additive scores sum a tanh of both over the hidden features") {
  Program p;
  p.output("s", additive_scores(p.input("q", "nh"), p.input("k", "mh"), p.input("w", "h")), "nm");
  const Array<double> q = wave({2, 3}, 0), k = wave({4, 3}, 1), w = wave({3}, 2);
  const auto outputs = run_program(p, {{"q", &q}, {"k", &k}, {"w", &w}});
  double s = 0;
  for (std::size_t h = 0; h < 3; ++h) s += w[h] * std::tanh(q[3 + h] + k[6 + h]);
  CHECK(std::abs(outputs.at("s")[1 * 4 + 2] - s) < 1e-15);
}
