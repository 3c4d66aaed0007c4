// slice_labels.cpp: what may be cut, and that cutting keeps the meaning of random programs and einsums.
// SPDX-License-Identifier: BSD-3-Clause
#include "slicing/slice_labels.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/interpret_slices.hpp"
#include "support/passes.hpp"
#include "support/bound.hpp"
#include "support/random_program.hpp"

using namespace einc;
using namespace einc::slicing;
using namespace einc::test;

namespace {

// Of a text, by letters in order of appearance.
std::vector<Cutting> cuts(const std::string& text, const std::vector<Shape>& shapes) { return cuts_of(test::expression(text, shapes)); }

}  // namespace

TEST_CASE("of an einsum every label may be cut but those of a diagonal that is written") {
  CHECK(cuts("ij,jk->ik", {{4, 6}, {6, 8}}) == std::vector{Cutting::kept, Cutting::summed, Cutting::kept});
  CHECK(cuts("ij,ji->ii", {{4, 6}, {6, 4}}) == std::vector{Cutting::never, Cutting::summed});
  CHECK(cuts("ij,jk->ik", {{1, 6}, {6, 8}}) == std::vector{Cutting::never, Cutting::summed, Cutting::kept});
  CHECK(cuts("ij,jk->ik", {{4, 0}, {0, 8}}) == std::vector{Cutting::never, Cutting::never, Cutting::never});
}

TEST_CASE("a sum that is squared, exponentiated or compared is not cut, a batch through all of it is") {
  const auto kinds = [](const std::string& text, const std::vector<Shape>& shapes) {
    const ir::Expression expression = after("fuse-labels", expression_of(text, shapes));
    std::vector<Cutting> found;
    for (const Cutting cut : cuts_of(expression))
      if (cut != Cutting::never) found.push_back(cut);
    return found;
  };
  CHECK(kinds("input x \"bi\"\ns = einsum(\"bi->b\", x)\noutput o \"b\" = exp(s)\n", {{4, 6}}) == std::vector{Cutting::kept});
  CHECK(kinds("input x \"bi\"\ns = einsum(\"bi->b\", x)\noutput o \"b\" = einsum(\"b,b->b\", s, s)\n", {{4, 6}}) == std::vector{Cutting::kept});
  CHECK(kinds("input x \"bi\"\noutput o \"b\" = reduce(max, x, \"i\")\n", {{4, 6}}) == std::vector{Cutting::kept});
  CHECK(kinds("input x \"bi\"\noutput o \"bi\" = x + iota(\"i\")\n", {{4, 6}}) == std::vector{Cutting::kept});
}

TEST_CASE("random programs and all their labels that may be cut keep their meaning in parts") {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const testing::RandomProgram random = testing::random_program(seed);
    const ir::Expression expression = after("fuse-labels", bound_of(random.program, random.shapes).expression);
    const auto expected = testing::interpret(expression, random.operands);
    const std::vector<Cutting> cuts = cuts_of(expression);
    std::vector<ir::Slice> all;
    for (Label label = 0; label < cuts.size(); ++label) {
      if (cuts[label] == Cutting::never) continue;
      Extent parts = 2;
      while (expression.extents[label] % parts != 0) ++parts;
      all.push_back({label, parts, cuts[label] == Cutting::summed});
      const ir::Expression sliced = slice_labels(expression, {all.back()});
      verify(sliced);
      INFO("seed " << seed << "\n" << print(sliced));
      CHECK(distance(expected, testing::interpret_slices(sliced, random.operands)) < 1e-11);
      ++cut;
    }
    if (all.size() < 2) continue;
    INFO("seed " << seed);
    CHECK(distance(expected, testing::interpret_slices(slice_labels(expression, all), random.operands)) < 1e-11);
  }
  CHECK(cut > 100);
}

TEST_CASE("slices that outputs keep come first, and partials are dense") {
  ir::Expression expression = test::expression("ij,jk->ki", {{4, 6}, {6, 8}});
  expression.outputs[0].strides = {1, 100};
  const ir::Expression sliced = slice_labels(expression, {{1, 3, true}, {0, 2, false}});
  CHECK(sliced.slices == std::vector<ir::Slice>{{0, 2, false}, {1, 3, true}});
  CHECK(sliced.extents == std::vector<Extent>{2, 2, 8});
  CHECK(into_partials(sliced).outputs[0].strides == Strides{2, 1});
  const ir::Expression combining = from_partials(sliced);
  verify(combining);
  CHECK(combining.values[0].strides == Strides{2, 1});
  CHECK(combining.outputs[0].strides == Strides{1, 100});
}
