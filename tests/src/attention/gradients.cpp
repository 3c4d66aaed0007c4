// Gradients: each is held against differences of the result itself, for every scoring that has a gradient.
#include <einc/attention_blocks.hpp>

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

TEST_CASE("a score function has no gradient that the library knows") {
  const Array<double> q = wave({1, 1, 2, 3}, 0);
  const Scoring scoring{.function = [](Tensor score, Tensor, Tensor) { return score; }};
  CHECK_THROWS_WITH(attend_gradients<double>(q, q, q, q, scoring), ContainsSubstring("cannot differentiate a score function"));
}
