// Properties that attention has whatever the numbers: they hold for every scoring, streamed or not, at any length.
#include <einc/attention.hpp>

#include <numeric>
#include <random>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

struct Arrays {
  Array<double> q = wave({2, 2, 9, 4}, 0), k = wave({2, 2, 13, 4}, 1), v = wave({2, 2, 13, 3}, 2);
};

// A score function picked by a number, of pointwise functions that stay finite, and a mask of the last of them.
ScoreFunction drawn(std::uint64_t seed) {
  return [seed](Tensor score, Tensor i, Tensor j) {
    std::mt19937_64 random(seed);
    Tensor s = score;
    for (int n = 0; n < 4; ++n) {
      const double a = static_cast<double>(random() % 7) * 0.25 + 0.25;
      switch (random() % 7) {
        case 0: s = a * tanh(s); break;
        case 1: s = s + a * (j - i); break;
        case 2: s = where(j <= i + a, s, s - 3.0); break;
        case 3: s = s - 0.1 * abs(i - j) * s; break;
        case 4: s = min(s, a); break;
        case 5: s = gelu(s) + sin(a * j); break;
        default: s = s * sigmoid(s * a) + rsqrt(1.0 + i * i); break;
      }
    }
    return random() % 2 == 0 ? where(s > 0.5, -infinity, s) : s;
  };
}

}  // namespace

TEST_CASE("the order of keys does not matter") {
  const Arrays a;
  std::vector<Extent> order = range(0, 13);
  std::rotate(order.begin(), order.begin() + 5, order.end());
  std::swap(order[2], order[9]);
  CHECK(apart(attend(a.q, picked(a.k, 2, order), picked(a.v, 2, order)), attend(a.q, a.k, a.v)) < 1e-14);
}

TEST_CASE("a number added to all scores of a row does not matter") {
  const Arrays a;
  const Array<double> bias = wave({2, 2, 9, 1}, 3, 50);
  CHECK(apart(attend(a.q, a.k, a.v, {}, {.bias = bias}), attend(a.q, a.k, a.v)) < 1e-13);
}

TEST_CASE("what comes after a query changes nothing when attention is causal") {
  const Arrays a;
  const Array<double> all = attend(a.q, a.k, a.v, {.causal = true});
  for (const Extent length : {1, 4, 8})
    CHECK(apart(attend(picked(a.q, 2, range(0, length)), picked(a.k, 2, range(0, length)), picked(a.v, 2, range(0, length)), {.causal = true}),
                picked(all, 2, range(0, length))) < 1e-14);
}

TEST_CASE("hidden keys are no keys") {
  const Arrays a;
  const Array<double> length = array_of({2}, {5, 5});
  const Array<double> shorter = attend(a.q, picked(a.k, 2, range(0, 5)), picked(a.v, 2, range(0, 5)));
  for (const double hidden : {-infinity, -1e9, -1e6}) CHECK(apart(attend(a.q, a.k, a.v, {.hidden = hidden}, {.valid_length = length}), shorter) < 1e-14);
}

TEST_CASE("grouped heads give what repeated heads give") {
  const Array<double> q = wave({1, 6, 5, 4}, 0), k = wave({1, 2, 7, 4}, 1), v = wave({1, 2, 7, 3}, 2);
  const std::vector<Extent> heads = {0, 0, 0, 1, 1, 1};
  CHECK(apart(attend(q, k, v, {.causal = true}), attend(q, picked(k, 1, heads), picked(v, 1, heads), {.causal = true})) < 1e-14);
}

TEST_CASE("values enter linearly") {
  const Arrays a;
  Array<double> twice(a.v.extents());
  for (std::size_t n = 0; n < twice.size(); ++n) twice[n] = 2 * a.v[n];
  const Array<double> one = attend(a.q, a.k, a.v), two = attend(a.q, a.k, twice);
  double off = 0;
  for (std::size_t n = 0; n < one.size(); ++n) off = std::max(off, std::abs(2 * one[n] - two[n]));
  CHECK(off < 1e-14);
}

TEST_CASE("streamed attention is attention, for score functions nobody has seen") {
  const Array<double> q = wave({1, 2, 33, 4}, 0), k = wave({1, 2, 150, 4}, 1), v = wave({1, 2, 150, 3}, 2);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const Scoring scoring{.function = drawn(seed), .causal = seed % 3 == 0, .align = Align::bottom_right};
    const auto streamed = attend_all<double>(q, k, v, scoring, {}, {.logsumexp = true}, {.stream = Stream::require});
    const auto plain = attend_all<double>(q, k, v, scoring, {}, {.logsumexp = true}, {.stream = Stream::forbid});
    CHECK(apart(streamed.out, plain.out) < 1e-13);
    CHECK(apart(streamed.logsumexp, plain.logsumexp) < 1e-13);
  }
}

TEST_CASE("memory of a stream does not grow with the keys") {
  const DotProductAttention<float> layer({.causal = true}, {.stream = Stream::require, .threads = 2});
  // Only extents and strides are looked at: all elements are the same one.
  const float zero = 0;
  const auto memory = [&](Extent keys) {
    const TensorView<const float> q(&zero, {1, 2, 128, 64}, {0, 0, 0, 0}), k(&zero, {1, 2, keys, 64}, {0, 0, 0, 0});
    const PlanSummary plan = layer.compiled(q, k, k).plan();
    return plan.arena_bytes + plan.scratch_bytes * plan.threads;
  };
  CHECK(memory(1 << 22) == memory(65536));  // fewer keys are fewer parts, each with a state of its own
  CHECK(memory(65536) <= std::int64_t{2} << 20);
}

TEST_CASE("32768 positions need less than a GiB") {
  constexpr Extent length = 32768, width = 64;
  Array<float> q({1, 1, length, width}), k({1, 1, length, width}), v({1, 1, length, width});
  for (std::size_t n = 0; n < q.size(); ++n) {
    const float x = static_cast<float>(n % 8191) / 8191;
    q[n] = x - 0.5F, k[n] = 0.5F - x * x, v[n] = x;
  }
  const DotProductAttention<float> layer({}, {.stream = Stream::require});
  const PlanSummary plan = layer.compiled(q, k, v).plan();
  CHECK(plan.arena_bytes + plan.scratch_bytes * plan.threads < (Extent{1} << 30));
  // One query by hand; all of them take seconds, and belong to the benchmarks.
  const TensorView<const float> one(q.data() + 12345 * width, {1, 1, 1, width});
  const Array<float> got = DotProductAttention<float>({}, {.stream = Stream::require})(one, k, v);
  double highest = -infinity, sum = 0, weighted = 0;
  std::vector<double> scores;
  for (Extent j = 0; j < length; ++j) {
    double s = 0;
    for (Extent c = 0; c < width; ++c) s += static_cast<double>(one.data()[c]) * static_cast<double>(k.data()[j * width + c]) / 8;
    scores.push_back(s), highest = std::max(highest, s);
  }
  for (Extent j = 0; j < length; ++j) {
    const double e = std::exp(scores[static_cast<std::size_t>(j)] - highest);
    sum += e, weighted += e * static_cast<double>(v.data()[j * width + 5]);
  }
  CHECK(std::abs(static_cast<double>(got[5]) - weighted / sum) < 1e-5);
}
