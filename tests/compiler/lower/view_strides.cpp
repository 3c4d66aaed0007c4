// view_strides.cpp: which views are the same memory with other strides.
#include "lower/view_strides.hpp"

#include "support/catch.hpp"

using namespace einc;

namespace {
// labels 0: 6, 1: 2, 2: 3, 3: 4
const std::vector<Extent> extents = {6, 2, 3, 4};
ir::Value view_of(std::vector<ir::ViewGroup> groups) {
  ir::Value value;
  value.op = ir::Op::view;
  value.groups = std::move(groups);
  return value;
}
}  // namespace

TEST_CASE("a split keeps memory where it is") {
  const auto view = lower::view_strides({{3, 0}, {6, 1}, {}}, view_of({{{0}, {1, 2}}}), extents);
  REQUIRE(view);
  CHECK(view->labels == ir::Term{3, 1, 2});
  CHECK(view->strides == Strides{6, 3, 1});
}

TEST_CASE("labels merge where one lies inside the other, and not otherwise") {
  const auto merged = lower::view_strides({{1, 2}, {3, 1}, {}}, view_of({{{1, 2}, {0}}}), extents);
  REQUIRE(merged);
  CHECK(merged->strides == Strides{1});
  CHECK_FALSE(lower::view_strides({{1, 2}, {1, 2}, {}}, view_of({{{1, 2}, {0}}}), extents));
}

TEST_CASE("a cut moves the start and stretches the stride, backwards too") {
  const auto cut = lower::view_strides({{0}, {5}, {ir::Place::operand, 0, 10}}, view_of({{{0}, {2}, 5, -2}}), extents);
  REQUIRE(cut);
  CHECK(cut->buffer.offset == 35);
  CHECK(cut->strides == Strides{-10});
}

TEST_CASE("two labels read as one are a diagonal") {
  const auto diagonal = lower::view_strides({{1, 3}, {7, 2}, {}}, view_of({{{1}, {3}}}), {{6, 4, 3, 4}});
  REQUIRE(diagonal);
  CHECK(diagonal->labels == ir::Term{3});
  CHECK(diagonal->strides == Strides{9});
}
