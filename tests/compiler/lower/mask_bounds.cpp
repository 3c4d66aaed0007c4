// mask_bounds.cpp: which masks are limits of their rows.
#include "lower/mask_bounds.hpp"

#include "support/catch.hpp"

using namespace einc;
using ir::Function;

namespace {

// $0 is the row, $1 the position along the streamed loop, $2 a limit of every row, $3 an array along both.
const std::vector<ir::MapInput> inputs = {{true, {}, {1, 0}, {}}, {true, {}, {0, 1}, {}}, {false, {}, {1, 0}, {}}, {false, {}, {16, 1}, {}}};
const ir::ScalarOp row{Function::argument, {0}, 0}, key{Function::argument, {1}, 0}, limit{Function::argument, {2}, 0}, each{Function::argument, {3}, 0};

}  // namespace

TEST_CASE("a causal mask is an end of every row") {
  const std::vector<ir::MaskBound> bounds = lower::mask_bounds({key, row, {Function::less_equal, {0, 1}, 0}}, inputs);
  REQUIRE(bounds.size() == 1);
  CHECK(bounds[0] == ir::MaskBound{1, {key, row}, false, false});
}

TEST_CASE("a window and a length are a beginning and two ends") {
  // row - 4 <= key and key <= row and key < limit
  const ir::ScalarOp four{Function::constant, {}, 4};
  const ir::ScalarCode code = {row, four, {Function::subtract, {0, 1}, 0}, key, {Function::less_equal, {2, 3}, 0}, {Function::less_equal, {3, 0}, 0},
                               {Function::logical_and, {4, 5}, 0}, limit, {Function::less, {3, 7}, 0}, {Function::logical_and, {6, 8}, 0}};
  const std::vector<ir::MaskBound> bounds = lower::mask_bounds(code, inputs);
  REQUIRE(bounds.size() == 3);
  CHECK((bounds[0].from && !bounds[0].strict && bounds[0].limit.size() == 3));
  CHECK((!bounds[1].from && !bounds[1].strict));
  CHECK((!bounds[2].from && bounds[2].strict && bounds[2].limit.back() == limit));
}

TEST_CASE("anything else is looked at element by element") {
  CHECK(lower::mask_bounds({key, row, {Function::equal, {0, 1}, 0}}, inputs).empty());
  CHECK(lower::mask_bounds({key, each, {Function::less, {0, 1}, 0}}, inputs).empty());
  CHECK(lower::mask_bounds({row, limit, {Function::less, {0, 1}, 0}}, inputs).empty());
  CHECK(lower::mask_bounds({key, row, {Function::less, {0, 1}, 0}, {Function::logical_not, {2}, 0}}, inputs).empty());
  CHECK(lower::mask_bounds({key, row, {Function::less, {0, 1}, 0}, {Function::less, {1, 0}, 0}, {Function::logical_or, {2, 3}, 0}}, inputs).empty());
  std::vector<ir::MapInput> by_two = inputs;
  by_two[1].strides = {0, 2};
  CHECK(lower::mask_bounds({key, row, {Function::less, {0, 1}, 0}}, by_two).empty());
}
