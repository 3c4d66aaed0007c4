// Gradients: each is held against differences of the result itself, for every scoring that has a gradient.
#include <einc/attention_blocks.hpp>
#include <einc/gradients.hpp>

#include <array>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

// The loss sum(out * direction) at given arrays, by the library.
double loss(const Array<double>& q, const Array<double>& k, const Array<double>& v, const Array<double>& direction, const Scoring& scoring,
            const ScoreArrays<double>& with) {
  const Array<double> out = attend(q, k, v, scoring, with);
  double sum = 0;
  for (std::size_t n = 0; n < out.size(); ++n) sum += out[n] * direction[n];
  return sum;
}

void check_gradients(const Scoring& scoring, const ScoreArrays<double>& with, Extent groups = 2) {
  Array<double> q = wave({2, 2, 3, 4}, 0), k = wave({2, groups, 5, 4}, 1), v = wave({2, groups, 5, 2}, 2);
  const Array<double> direction = wave({2, 2, 3, 2}, 3);
  const auto got = attend_gradients<double>(q, k, v, direction, scoring, with);
  const std::pair<Array<double>*, const Array<double>*> all[] = {{&q, &got.q}, {&k, &got.k}, {&v, &got.v}};
  for (const auto& [array, gradient] : all) {
    REQUIRE(array->extents() == gradient->extents());
    for (std::size_t n = 0; n < array->size(); n += 3) {
      const double before = (*array)[n], step = 1e-5;
      (*array)[n] = before + step;
      const double above = loss(q, k, v, direction, scoring, with);
      (*array)[n] = before - step;
      const double below = loss(q, k, v, direction, scoring, with);
      (*array)[n] = before;
      CHECK(std::abs((above - below) / (2 * step) - (*gradient)[n]) < 1e-8);
    }
  }
}

}  // namespace

TEST_CASE("gradients are the limits of differences") {
  check_gradients({}, {});
  check_gradients({.scale = 0.7, .causal = true}, {});
  check_gradients({.soft_cap = 1.5}, {});
  check_gradients({.causal = true, .align = Align::bottom_right, .window = Window{1, 1}}, {});
}

TEST_CASE("keys shared by heads gather the gradients of all of them") { check_gradients({}, {}, 1); }

TEST_CASE("a row that sees nothing has no gradient, and a finite mask passes none to its scores") {
  const Array<double> mask = array_of({3, 5}, {1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1});
  check_gradients({}, {.mask = mask});
  check_gradients({.hidden = -1e9}, {.mask = mask});
  check_gradients({}, {.mask = mask, .sink = wave({2}, 0)});
}

TEST_CASE("dropped weights pass no gradient") {
  check_gradients({.dropout = 0.5}, {.bias = wave({1, 2, 3, 5}, 4), .keep = array_of({1, 1, 3, 5}, {1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1})});
}

TEST_CASE("a score function has the gradient of what it computes") {
  check_gradients({.function = [](Tensor score, Tensor query, Tensor key) { return tanh(score) * 2.0 - abs(query - key) * 0.1; }}, {});
}

TEST_CASE("a block cannot differentiate a score function") {
  Program p;
  const Tensor q = p.input("q", "qc"), k = p.input("k", "kc"), v = p.input("v", "kv"), l = p.input("l", "q"), o = p.input("o", "qv");
  const Scoring scoring{.function = [](Tensor score, Tensor, Tensor) { return score; }};
  CHECK_THROWS_WITH(gradients(p, q, k, v, o, l, o, scoring), ContainsSubstring("cannot differentiate a score function"));
}

namespace {

// The sum of all results of two ways to compute the same gradients, and how far the two are apart.
double streamed_distance(Extent heads, Extent queries, Extent keys, const Scoring& scoring, const ScoreArrays<double>& with = {}) {
  const Array<double> q = wave({2, heads, queries, 8}, 0), k = wave({2, heads, keys, 8}, 1), v = wave({2, heads, keys, 3}, 2), g = wave({2, heads, queries, 3}, 3);
  const auto one = attend_gradients<double>(q, k, v, g, scoring, with, {.stream = Stream::require});
  const auto other = attend_gradients<double>(q, k, v, g, scoring, with, {.stream = Stream::forbid});
  double most = 0;
  const std::pair<const Array<double>*, const Array<double>*> all[] = {{&one.out, &other.out}, {&one.q, &other.q}, {&one.k, &other.k}, {&one.v, &other.v}};
  for (const auto& [x, y] : all)
    for (std::size_t n = 0; n < x->size(); ++n) most = std::max(most, std::abs((*x)[n] - (*y)[n]));
  return most;
}

}  // namespace

TEST_CASE("streamed gradients are those that are not streamed, at any extent and under any mask") {
  for (const auto& [heads, queries, keys] : {std::array<Extent, 3>{2, 300, 300}, {3, 270, 515}, {2, 515, 270}, {1, 300, 700}, {2, 1, 600}, {2, 600, 1}}) {
    CAPTURE(heads, queries, keys);
    CHECK(streamed_distance(heads, queries, keys, {}) < 1e-10);
    CHECK(streamed_distance(heads, queries, keys, {.causal = true}) < 1e-10);
    CHECK(streamed_distance(heads, queries, keys, {.causal = true, .align = Align::bottom_right, .window = Window{20, 3}}) < 1e-10);
    CHECK(streamed_distance(heads, queries, keys, {.soft_cap = 1.5}) < 1e-10);
  }
}

TEST_CASE("keys or queries that nobody sees get gradient 0 in streams") {
  // The first 300 keys are hidden from everyone: no tile is computed for the first rows of keys.
  std::vector<double> seen(700, 1);
  std::fill(seen.begin(), seen.begin() + 300, 0);
  Array<double> mask({1, 1, 1, 700});
  std::copy(seen.begin(), seen.end(), mask.data());
  CHECK(streamed_distance(2, 300, 700, {}, {.mask = mask}) < 1e-10);
  CHECK(streamed_distance(2, 300, 700, {.function = [](Tensor score, Tensor, Tensor key) { return where(key < 256.0, -infinity, score); }, .causal = true}) < 1e-10);
}

TEST_CASE("the memory of gradients grows with the length, not with its square") {
  const auto peak = [](Extent length) {
    Program p;
    const Tensor q = p.input("q", "bqc"), k = p.input("k", "bkc"), v = p.input("v", "bkv");
    p.output("o", scaled_dot_product(p, q, k, v, {.causal = true}).out);
    const Compiled compiled = compile(grad(p, "o"), {{4, length, 16}, {4, length, 16}, {4, length, 16}, {4, length, 16}}, {.stream = Stream::require});
    return compiled.plan().arena_bytes + compiled.plan().scratch_bytes;
  };
  CHECK(peak(16384) < 17 * peak(1024));
  CHECK(peak(16384) < 100 * 4 * 16384 * 16);
}
