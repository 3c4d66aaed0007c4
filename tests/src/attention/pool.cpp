// Averages of values: parts of the keys merge to the whole in any order, and a part without keys changes nothing.
#include <einc/attention_blocks.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

Partial part(Program& p, const Tensor& q, const Tensor& k, const Tensor& v, Extent begin, Extent end, const std::string& label) {
  const Labels labels{.key = label};
  return partial(scores(p, q, slice(k, "k", {begin, end}, label), {}, {}, labels), slice(v, "k", {begin, end}, label), labels);
}

}  // namespace

TEST_CASE("two parts of the keys, cut anywhere, merge to what all keys give") {
  const Array<double> of_q = wave({2, 3}, 0, 4), of_k = wave({7, 3}, 1, 4), of_v = wave({7, 2}, 2);
  for (const Extent cut : {0, 1, 3, 6, 7}) {
    CAPTURE(cut);
    Program p;
    const Tensor q = p.input("q", "qc"), k = p.input("k", "kc"), v = p.input("v", "kv");
    const Attended whole = scaled_dot_product(p, q, k, v);
    const Partial first = part(p, q, k, v, 0, cut, "x"), second = part(p, q, k, v, cut, 7, "y");
    const Partial merged = merge_partials(first, second), other = merge_partials(second, first);
    p.output("whole", whole.out, "qv"), p.output("whole_lse", whole.logsumexp);
    p.output("merged", finish(merged), "qv"), p.output("merged_lse", logsumexp_of(merged));
    p.output("other", finish(other), "qv");
    const auto got = run_program(p, {{"q", &of_q}, {"k", &of_k}, {"v", &of_v}});
    CHECK(apart(got.at("whole"), got.at("merged")) < 1e-14);
    CHECK(apart(got.at("whole_lse"), got.at("merged_lse")) < 1e-14);
    CHECK(apart(got.at("merged"), got.at("other")) == 0);
  }
}

TEST_CASE("parts stream, each by itself, and so does what merges them") {
  const Array<double> of_q = wave({40, 3}, 0, 4), of_k = wave({700, 3}, 1, 4), of_v = wave({700, 2}, 2);
  Program p;
  const Tensor q = p.input("q", "qc"), k = p.input("k", "kc"), v = p.input("v", "kv");
  const Partial merged = merge_partials(merge_partials(part(p, q, k, v, 0, 10, "x"), part(p, q, k, v, 10, 650, "y")), part(p, q, k, v, 650, 700, "z"));
  p.output("merged", finish(merged), "qv"), p.output("whole", scaled_dot_product(p, q, k, v).out, "qv");
  for (const Stream stream : {Stream::forbid, Stream::allow, Stream::require}) {
    const auto got = run_program(p, {{"q", &of_q}, {"k", &of_k}, {"v", &of_v}}, {.stream = stream});
    CHECK(apart(got.at("merged"), got.at("whole")) < 1e-14);
  }
}

TEST_CASE("no keys at all give zeros and a logarithm of -inf") {
  const Array<double> of_q = wave({2, 3}, 0), of_k({0, 3}), of_v({0, 2});
  Program p;
  const Tensor q = p.input("q", "qc"), k = p.input("k", "kc"), v = p.input("v", "kv");
  const Partial none = partial(scores(p, q, k, {}), v), merged = merge_partials(none, none);
  p.output("out", finish(merged), "qv"), p.output("lse", logsumexp_of(merged));
  const auto got = run_program(p, {{"q", &of_q}, {"k", &of_k}, {"v", &of_v}});
  CHECK(apart(got.at("out"), array_of({2, 2}, {0, 0, 0, 0})) == 0);
  CHECK(got.at("lse")[1] == -infinity);
}

TEST_CASE("parts along a label merge as parts by name do") {
  const Array<double> of_s = wave({2, 3, 4}, 0, 9), of_v = wave({3, 4, 2}, 1);
  Program p;
  const Tensor s = p.input("s", "qpk"), v = p.input("v", "pkv");
  const Partial parts = partial(s, v);  // one for every p
  p.output("out", finish(merge_partials(parts, "p")), "qv");
  const Attended whole = pool(merge(s, "pk", "j"), merge(v, "pk", "j"), {}, {}, {.key = "j"});
  p.output("whole", whole.out, "qv");
  const auto got = run_program(p, {{"s", &of_s}, {"v", &of_v}});
  CHECK(apart(got.at("out"), got.at("whole")) < 1e-14);
}

TEST_CASE("weights are divided by what dropout keeps, and dropout needs its mask") {
  const Array<double> of_s = wave({2, 4}, 0), of_v = wave({4, 2}, 1), of_keep = array_of({2, 4}, {1, 0, 1, 1, 0, 0, 0, 0});
  Program p;
  const Tensor s = p.input("s", "qk"), v = p.input("v", "kv"), keep = p.input("keep", "qk");
  p.output("dropped", pool(s, v, {.dropout = 0.25}, {.keep = keep}).out, "qv");
  p.output("weights", pool(s, v).weights, "qk");
  const auto got = run_program(p, {{"s", &of_s}, {"v", &of_v}, {"keep", &of_keep}});
  double expected = 0;
  for (std::size_t k = 0; k < 4; ++k) expected += got.at("weights")[k] * of_keep[k] / 0.75 * of_v[2 * k];
  CHECK(std::abs(got.at("dropped")[0] - expected) < 1e-15);
  CHECK(got.at("dropped")[3] == 0);
  CHECK_THROWS_AS(pool(s, v, {.dropout = 0.25}), Error);
}

TEST_CASE("a sink takes weight and gives none") {
  const Array<double> of_s = array_of({1, 2}, {1, 2}), of_v = array_of({2, 1}, {1, 1});
  Program p;
  const Attended attended = pool(p.input("s", "qk"), p.input("v", "kv"), {}, {.sink = p.constant(3)});
  p.output("out", attended.out, "qv"), p.output("lse", attended.logsumexp);
  const auto got = run_program(p, {{"s", &of_s}, {"v", &of_v}});
  const double all = std::exp(1) + std::exp(2) + std::exp(3);
  CHECK(std::abs(got.at("out")[0] - (1 - std::exp(3) / all)) < 1e-15);
  CHECK(std::abs(got.at("lse")[0] - std::log(all)) < 1e-15);
}
