// Blocks: heads split and combine without loss, linear sums what both have, and what cannot be is refused.
#include <einc/attention_blocks.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("heads are neighbours among the features, and combining undoes splitting") {
  const Array<double> x = array_of({1, 2, 6}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  Program p;
  const Tensor heads = split_heads(p.input("x", "bse"), "e", "hd", 3);
  p.output("heads", heads, "bhsd");
  p.output("back", combine_heads(heads, "hd", "e"), "bse");
  const auto got = run_program(p, {{"x", &x}});
  CHECK(apart(got.at("heads"), array_of({1, 3, 2, 2}, {1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12})) == 0);
  CHECK(apart(got.at("back"), x) == 0);
}

TEST_CASE("heads that do not divide the features are refused when extents are known") {
  Program p;
  p.output("heads", split_heads(p.input("x", "bse"), "e", "hd", 4));
  CHECK_THROWS_AS(compile(p, {{1, 2, 6}}), Error);
  CHECK_THROWS_AS(split_heads(p.input("y", "be"), "e", "h", 4), Error);
}

TEST_CASE("linear sums over all labels both tensors have") {
  const Array<double> x = wave({2, 3, 4}, 0), w = wave({3, 4, 5}, 1), b = wave({5}, 2);
  Program p;
  const Tensor y = linear(p.input("x", "bhv"), p.input("w", "hvo"), p.input("b", "o"));
  CHECK(y.labels() == std::vector<std::string>{"b", "o"});
  p.output("y", y);
  const auto got = run_program(p, {{"x", &x}, {"w", &w}, {"b", &b}});
  double expected = b[2];
  for (std::size_t n = 0; n < 12; ++n) expected += x[12 + n] * w[5 * n + 2];
  CHECK(std::abs(got.at("y")[5 + 2] - expected) < 1e-14);
}

TEST_CASE("a row without variance becomes beta") {
  const Array<double> x = array_of({2, 3}, {4, 4, 4, 1, 2, 3}), zero = array_of({2, 3}, {0, 0, 0, 0, 0, 0}), gamma = wave({3}, 0), beta = wave({3}, 1);
  Program p;
  p.output("y", add_norm(p.input("x", "be"), p.input("z", "be"), p.input("gamma", "e"), p.input("beta", "e")));
  const auto got = run_program(p, {{"x", &x}, {"z", &zero}, {"gamma", &gamma}, {"beta", &beta}});
  for (std::size_t e = 0; e < 3; ++e) CHECK(std::abs(got.at("y")[e] - beta[e]) < 1e-15);
  CHECK(std::abs(got.at("y")[5] - (gamma[2] / std::sqrt(2.0 / 3 + 1e-5) + beta[2])) < 1e-14);
}

TEST_CASE("multi_head is its six einsums") {
  const Array<double> x = wave({1, 3, 4}, 0), w = wave({4, 2, 2}, 1), o = wave({2, 2, 4}, 2);
  Program p;
  const Tensor queries = p.input("x", "bqa"), keys = rename(queries, "qa", "km"), weights = p.input("w", "ahc"), output = p.input("o", "hvo");
  const Tensor key = rename(weights, "a", "m"), value = rename(weights, "ac", "mv");
  p.output("out", multi_head(p, queries, keys, keys, {weights, key, value, output}).out, "bqo");
  const Tensor q = einsum("bqa,ahc->bqhc", queries, weights), k = einsum("bka,ahc->bkhc", queries, weights);
  const Tensor a = softmax(einsum("bqhc,bkhc->bhqk", q, k) * rsqrt(p.extent("c")), "k");
  p.output("same", einsum("bqhc,hco->bqo", einsum("bhqk,bkhc->bqhc", a, k), output));
  const auto got = run_program(p, {{"x", &x}, {"w", &w}, {"o", &o}});
  CHECK(apart(got.at("out"), got.at("same")) < 1e-14);
}

TEST_CASE("a norm and what was added to it are one; a small network has either activation") {
  const Array<double> x = wave({2, 3}, 0), y = wave({2, 3}, 1), gamma = wave({3}, 0), beta = wave({3}, 1), w = wave({3, 3}, 2);
  Program p;
  const Tensor rows = p.input("x", "be"), g = p.input("gamma", "e"), b = p.input("beta", "e"), up = p.input("w", "fe"), down = rename(up, "fe", "ef");
  p.output("normed", attention::layer_norm(rows + p.input("y", "be"), g, b));
  p.output("added", add_norm(rows, p.input("z", "be"), g, b));
  p.output("gelu", feed_forward(rows, up, rename(b, "e", "f"), down, b, Activation::gelu));
  p.output("same", linear(gelu(linear(rows, up, rename(b, "e", "f"))), down, b));
  const auto got = run_program(p, {{"x", &x}, {"gamma", &gamma}, {"beta", &beta}, {"w", &w}, {"y", &y}, {"z", &y}});
  CHECK(apart(got.at("normed"), got.at("added")) < 1e-15);
  CHECK(apart(got.at("gelu"), got.at("same")) < 1e-15);
}

TEST_CASE("a stable softmax is not taken of f64") {
  Program p;
  const Tensor x = p.input("x", "k");
  CHECK_THROWS_AS(stable_softmax(x, "k", DType::f64), Error);
  CHECK_THROWS_AS(stable_softmax(x, "k", DType::f16), Error);
  CHECK_NOTHROW(stable_softmax(x, "k", DType::bf16));
}
