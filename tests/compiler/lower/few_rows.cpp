// few_rows.cpp: which products the kernel for few rows takes, by shape and strides, and the loops it is given.
#include "lower/few_rows.hpp"

#include "support/catch.hpp"

using namespace einc;
using lower::Strided;

namespace {
// h 0, q 1, k 2, c 3
const ir::BufferRef tile{ir::Place::tile, 0, 0}, keys{ir::Place::operand, 1, 0};
Strided queries(ir::BufferRef buffer = {ir::Place::operand, 0, 0}) { return {{1, 0, 3}, {32, 8, 1}, buffer}; }
Strided keys_of(ir::BufferRef buffer = keys, Stride feature = 1) { return {{2, 0, 3}, {32, 8, feature}, buffer}; }
Strided scores(ir::BufferRef buffer = tile) { return {{0, 1, 2}, {500, 100, 1}, buffer}; }
Strided sums(ir::BufferRef buffer = tile) { return {{0, 1, 3}, {40, 8, 1}, buffer}; }
const std::vector<Extent> five = {4, 5, 100, 8}, many = {4, 33, 100, 8};
}  // namespace

TEST_CASE("scores and sums of few rows are products the kernel takes, whichever side the rows are on") {
  const auto across = lower::few_rows(queries(), keys_of(), scores(), five, 2, DType::f32);
  REQUIRE(across);
  CHECK((across->across && !across->swapped && across->feature == 3));
  const auto swapped = lower::few_rows(keys_of(), queries(), scores(), five, 2, DType::f64);
  REQUIRE(swapped);
  CHECK(swapped->swapped);
  const auto down = lower::few_rows(scores(), keys_of(), sums(), five, 2, DType::f32);
  REQUIRE(down);
  CHECK_FALSE(down->across);
}

TEST_CASE("more rows, arrays in tiles, features apart and other numbers are left to other kernels") {
  CHECK_FALSE(lower::few_rows(queries(), keys_of(), scores(), many, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(tile), scores(), five, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(), scores({ir::Place::output, 0, 0}), five, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(keys, 2), scores(), five, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(), scores(), std::vector<Extent>{4, 5, 100, 2000}, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(), scores(), five, 2, {DType::f32, Algebra::max_plus}));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(), scores(), five, 2, DType::c64));
  Strided extra = keys_of();
  extra.labels.push_back(4), extra.strides.push_back(7);
  CHECK_FALSE(lower::few_rows(queries(), extra, scores(), std::vector<Extent>{4, 5, 100, 8, 3}, 2, DType::f32));
}

TEST_CASE("halves are taken beside floats: keys always, rows where their features are summed") {
  const ir::BufferRef halves{ir::Place::operand, 1, 0, DType::bf16};
  CHECK(lower::few_rows(queries(halves), keys_of(halves), scores(), five, 2, DType::f32));
  CHECK_FALSE(lower::few_rows(queries(), keys_of(halves), scores(), five, 2, DType::f64));
  CHECK_FALSE(lower::few_rows(scores({ir::Place::operand, 0, 0, DType::f16}), keys_of(), sums(), five, 2, DType::f32));
}

TEST_CASE("loops are batches, rows, columns and sums, also of a tile with one position") {
  const auto across = lower::few_rows(queries(), keys_of(), scores(), five, 2, DType::f32);
  REQUIRE(across);
  const Label frame[] = {2};
  for (const Extent positions : {100, 1}) {
    const ir::Instruction made = lower::make_few(*across, queries(), keys_of(), scores(), std::vector<Extent>{4, 5, positions, 8}, 2, DType::f32, frame);
    CHECK(made.kernel == ir::Kernel::few);
    CHECK(made.loops == std::vector<ir::Loop>{{ir::Role::batch, 4, 8, 8, 500}, {ir::Role::m, 5, 32, 0, 100}, {ir::Role::n, positions, 0, 32, 1}, {ir::Role::k, 8, 1, 1, 0}});
    CHECK(made.frame == std::vector<Stride>{0, 32, 0});
  }
}
