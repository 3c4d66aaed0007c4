// join_positions.cpp: sums and differences of positions are positions, everything else stays.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/join_positions.hpp"

#include "support/catch.hpp"

using namespace einc;
using ir::Function;

namespace {

lower::MapSource position(Label label, Stride offset = 0) {
  lower::MapSource source;
  source.position = true;
  source.array.labels = {label}, source.array.strides = {1}, source.array.buffer.offset = offset;
  return source;
}
lower::MapSource array(Label label) {
  lower::MapSource source = position(label);
  source.position = false;
  return source;
}
ir::ScalarOp argument(std::uint32_t number) { return {.function = Function::argument, .in = {number, 0, 0}}; }
ir::ScalarOp op(Function function, std::uint32_t x, std::uint32_t y) { return {.function = function, .in = {x, y, 0}}; }

}  // namespace

TEST_CASE("a difference of positions is one position, and what it was made of is gone") {
  // $0 + $1 * (($2 - $3) - 5)
  const lower::MapParts joined = lower::join_positions({{array(0), array(1), position(2), position(3, 7)},
                                                        {argument(0), argument(1), argument(2), argument(3), op(Function::subtract, 2, 3),
                                                         {.function = Function::constant, .in = {}, .value = 5}, op(Function::subtract, 4, 5),
                                                         op(Function::multiply, 1, 6), op(Function::add, 0, 7)}}, DType::f32);
  REQUIRE(joined.inputs.size() == 3);
  CHECK(joined.inputs[2].position);
  CHECK(joined.inputs[2].array.labels == ir::Term{2, 3});
  CHECK(joined.inputs[2].array.strides == Strides{1, -1});
  CHECK(joined.inputs[2].array.buffer.offset == -12);
  CHECK(ir::print(joined.code) == "add($0, multiply($1, $2))");
}

TEST_CASE("a position less itself steps nowhere, and one that is used elsewhere stays") {
  const lower::MapParts joined = lower::join_positions({{position(1), position(1)},
                                                        {argument(0), argument(1), op(Function::subtract, 0, 1), op(Function::multiply, 0, 2)}}, DType::f64);
  REQUIRE(joined.inputs.size() == 2);
  CHECK(joined.inputs[1].array.strides == Strides{0});
  CHECK(ir::print(joined.code) == "multiply($0, $1)");
}

TEST_CASE("arrays, fractions and numbers alone are not positions") {
  for (const double value : {0.5, 1e30}) {
    const ir::ScalarCode code = {argument(0), {.function = Function::constant, .in = {}, .value = value}, op(Function::add, 0, 1)};
    CHECK(lower::join_positions({{position(0)}, code}, DType::f32).code == code);
  }
  const ir::ScalarCode code = {argument(0), argument(1), op(Function::add, 0, 1)};
  CHECK(lower::join_positions({{position(0), array(1)}, code}, DType::f32).code == code);
  const ir::ScalarCode whole = {argument(0), argument(1), op(Function::subtract, 0, 1)};
  CHECK(lower::join_positions({{position(0), position(1)}, whole}, DType::i8).code == whole);
}
