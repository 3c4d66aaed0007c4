// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

#include "lower/lower.hpp"
#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::compiled;
using testing::predicted;

namespace {

predict::Prediction only(std::string_view text, const std::vector<Shape>& shapes, DType dtype = DType::f32) {
  const compiler::Compilation made = compiled(text, shapes, testing::test_target(), dtype);
  REQUIRE(made.predicted.instructions.size() == 1);
  return made.predicted.instructions[0];
}

}  // namespace

TEST_CASE("lanes that a tile wastes cost as much as those it uses") {
  const double full = only("ij,jk->ik", {{240, 240}, {240, 64}}).arithmetic, wasted = only("ij,jk->ik", {{240, 240}, {240, 49}}).arithmetic;
  CHECK(wasted == full);
  CHECK(only("ij,jk->ik", {{240, 240}, {240, 65}}).arithmetic > full);
}

TEST_CASE("packing elements one by one costs more than packing neighbours") {
  const std::vector<Shape> plain{{200, 300}, {300, 640}};
  const double neighbours = only("ij,jk->ik", plain).packing, across = only("ij,kj->ik", {{200, 300}, {640, 300}}).packing;
  const double apart = only("xij,jkx->xik", {{2, 200, 300}, {300, 640, 2}}).packing / 2;
  CHECK(across > neighbours);
  CHECK(apart > across);
}

TEST_CASE("columns that lie apart in the result are written one by one") {
  CHECK(only("ij,jk->ik", {{64, 64}, {64, 640}}).packing < only("ij,jkx->ikx", {{64, 64}, {64, 213, 3}}).packing + only("xij,xjk->ikx", {{3, 64, 64}, {3, 64, 213}}).packing);
}

TEST_CASE("types that are slower to multiply are predicted slower") {
  CHECK(predicted("ij,jk->ik", {{200, 200}, {200, 200}}, testing::test_target(), DType::i64) > 2 * predicted("ij,jk->ik", {{200, 200}, {200, 200}}, testing::test_target(), DType::f64));
  CHECK(predicted("ij,jk->ik", {{200, 200}, {200, 200}}, testing::test_target(), DType::c64) > 3 * predicted("ij,jk->ik", {{200, 200}, {200, 200}}));
}

TEST_CASE("batches of small products cost what they are many, and share their start") {
  const double one = predicted("bij,bjk->bik", {{100, 4, 4}, {100, 4, 4}}), ten = predicted("bij,bjk->bik", {{1000, 4, 4}, {1000, 4, 4}});
  CHECK(ten < 10 * one);
  CHECK(ten > 5 * one);
}

TEST_CASE("large arrays written by short sums wait for memory") {
  const predict::Prediction short_sum = only("ij,jk->ik", {{8192, 8}, {8, 8192}});
  CHECK(short_sum.memory > 0.2 * short_sum.arithmetic);
  CHECK(only("ij,jk->ik", {{512, 512}, {512, 512}}).memory < 0.1 * only("ij,jk->ik", {{512, 512}, {512, 512}}).arithmetic);
}

TEST_CASE("runs that leave as whole lines together cost less than runs that wait") {
  ir::Target target = testing::test_target();
  const std::vector<Shape> shapes = {{24, 20, 24, 24}, {24, 20, 20, 20}};  // runs of 20 columns
  const double waiting = predicted("dega,gfbc->abcdef", shapes, target);
  target.joined = {{4, 5, 4}};
  CHECK(predicted("dega,gfbc->abcdef", shapes, target) < waiting);
  target.joined = {{2, 3, 8}};  // of 24
  CHECK(predicted("dega,gfbc->abcdef", shapes, target) == waiting);
}

TEST_CASE("a long sum over columns in place costs what reading them costs, not what packing would") {
  const ir::Target target = testing::test_target();
  const double in_place = predicted("ka,kb->ab", {{2'000'000, 8}, {2'000'000, 8}}, target);
  const double reading = 2 * 2e6 * 8 * 4 / target.speeds.memory_bytes;
  CHECK(in_place > reading / 2);
  CHECK(in_place < predicted("ak,bk->ab", {{8, 2'000'000}, {8, 2'000'000}}, target));
}

TEST_CASE("rows without number are predicted in no time") {
  // A loop over blocks of rows would take minutes.
  const double some = only("ij,jk->ik", {{Extent{1} << 30, 16}, {16, 16}}).arithmetic;
  CHECK(only("ij,jk->ik", {{Extent{1} << 50, 16}, {16, 16}}).arithmetic == Approx(some * (1 << 20)));
}

TEST_CASE("few results of a long sum are shared by threads, slice by slice, and one thread is no slower for it") {
  ir::Target two = testing::test_target();
  two.threads = 2;
  const compiler::Compilation one = compiled("ki,kj->ij", {{1000000, 32}, {1000000, 32}}), shared = compiled("ki,kj->ij", {{1000000, 32}, {1000000, 32}}, two);
  CHECK(shared.predicted.instructions[0].threads == 2);
  CHECK(shared.predicted.seconds() < 0.75 * one.predicted.seconds());
  lower::Lowered whole = lower::lower(one.expression, one.plan, testing::test_target(), lower::LongSums::whole);
  CHECK(one.predicted.seconds() < 1.03 * predict::predict(whole.executable, testing::test_target()).seconds());
}
