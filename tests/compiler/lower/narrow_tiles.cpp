// narrow_tiles.cpp: which instructions leave out what a mask hides, and when none does.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/narrow_tiles.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;
using ir::Narrow;

namespace {

// Of a full tile: each instruction that minds the limits of rows.
std::vector<Narrow> narrows(std::string_view mask, std::string_view after = "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n") {
  ir::Target t;
  t.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}};
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const std::string text = "input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\ns = einsum(\"ic,jc->ij\", q, k)\n" + std::string(mask) + std::string(after);
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, {{512, 8}, {1024, 8}, {1024, 8}}));
  const lower::Lowered lowered = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64, .stream = Stream::require}), t);
  verify(lowered.executable);
  REQUIRE(lowered.executable.streams.size() == 1);
  const ir::StreamVariant& full = lowered.executable.streams[0].variants[0];
  CHECK(full.narrows == lower::narrow_tiles(full, lowered.executable.maps));
  std::vector<Narrow> result;
  for (Narrow narrow : full.narrows)
    if (narrow != Narrow::none) result.push_back(narrow);
  return result;
}
const std::vector<Narrow> all = {Narrow::columns, Narrow::weights, Narrow::sums}, after_scores = {Narrow::weights, Narrow::sums};
constexpr std::string_view causal = "s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\n";

}  // namespace

TEST_CASE("scores, weights and sums end where rows see no more") {
  CHECK(narrows(causal) == all);
  CHECK(narrows("s = where(iota(\"i\") - 40 <= iota(\"j\"), s, -infinity)\n") == all);
}

TEST_CASE("scores that something looks at before the mask are all computed") {
  CHECK(narrows("s = tanh(s)\n" + std::string(causal)) == after_scores);
}

TEST_CASE("without a mask, or with one that is no limit of rows, nothing is left out") {
  CHECK(narrows("").empty());
  CHECK(narrows("s = where(iota(\"j\") == iota(\"i\"), s, -infinity)\n").empty());
}
