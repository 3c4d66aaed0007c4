// SPDX-License-Identifier: BSD-3-Clause
#include "bind/strides.hpp"

#include <limits>

#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {
constexpr Stride largest = std::numeric_limits<Stride>::max();
}

TEST_CASE("strides that say nothing become 0") {
  CHECK(bind::meaningful_strides(Shape{3, 1, 2}, Strides{-2, largest, 6}) == Strides{-2, 0, 6});
  CHECK(bind::meaningful_strides(Shape{3, 0}, Strides{largest, largest}) == Strides{0, 0});
}

TEST_CASE("strides beyond any memory are told apart, in both directions") {
  CHECK(bind::reaches_too_far(Shape{2}, Strides{largest}));
  CHECK(bind::reaches_too_far(Shape{2, 2}, Strides{std::numeric_limits<Stride>::min(), 1}));
  CHECK_FALSE(bind::reaches_too_far(Shape{1, 5}, Strides{largest, 1}));
  CHECK_FALSE(bind::reaches_too_far(Shape{0, 5}, Strides{largest, largest}));
  CHECK_FALSE(bind::reaches_too_far(Shape{Extent{1} << 40, 4}, Strides{4, 1}));
}

TEST_CASE("a call with such strides is refused, and one where they say nothing is not") {
  double number = 2;
  const TensorView<const double> far(&number, {2, 3}, {largest / 2, 7}), single(&number, {1, 1}, {largest, -largest});
  try {
    einsum("ij->ji", far);
    FAIL("was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::too_large);
  }
  CHECK(einsum("ij->ji", single)[0] == 2);
}
