// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_interleaved.hpp"

#include "support/catch.hpp"

using namespace einc;
using ir::Role;

namespace {

ir::Target machine(int rows) {
  ir::Target target;
  target.isa = "any", target.vector_bytes = rows > 8 ? 64 : 32;
  target.l1_bytes = 48 << 10, target.l2_bytes = 2 << 20;
  const int lanes = target.vector_bytes / 4;
  target.tiles = {{DType::f32, rows, 2 * lanes}, {DType::f64, rows, lanes}};
  return target;
}

// ijb,jkb->ikb
std::vector<ir::Loop> loops(Extent b, Extent m, Extent n, Extent k) {
  return {{Role::batch, b, 1, 1, 1}, {Role::m, m, k * b, 0, n * b}, {Role::n, n, 0, b, b}, {Role::k, k, b, n * b, 0}};
}

}  // namespace

TEST_CASE("batches side by side in all three arrays get a lane each") {
  const auto choice = lower::choose_interleaved(loops(1000, 8, 8, 8), DType::f32, machine(14));
  REQUIRE(choice.has_value());
  CHECK(choice->scratch_bytes == 0);
  CHECK(choice->tiling.rows == 4);
  CHECK(choice->tiling.columns == 4);
  CHECK(choice->tiling.run % 16 == 0);
  CHECK(lower::choose_interleaved(loops(1000, 8, 8, 8), DType::f32, machine(6))->tiling.rows == 3);
  CHECK(lower::choose_interleaved(loops(1000, 2, 1, 8), DType::f32, machine(14))->tiling.columns == 1);
}

TEST_CASE("complex batches have half as many to a vector, and tiles as many rows as registers hold both parts of") {
  const auto with_pairs = [](int rows) {
    ir::Target target = machine(14);
    target.tiles.push_back({DType::c64, rows, 16});
    return target;
  };
  const auto choice = lower::choose_interleaved(loops(1000, 8, 8, 8), DType::c64, with_pairs(7));
  REQUIRE(choice.has_value());
  CHECK(choice->tiling.rows == 4);
  CHECK(choice->tiling.run % 8 == 0);
  CHECK(lower::choose_interleaved(loops(1000, 8, 8, 8), DType::c64, with_pairs(3))->tiling.rows == 2);
  CHECK(lower::choose_interleaved(loops(4, 8, 8, 8), DType::c64, with_pairs(7)));
  CHECK_FALSE(lower::choose_interleaved(loops(3, 8, 8, 8), DType::c64, with_pairs(7)));
}

TEST_CASE("batches that lie apart, or are fewer than half a vector, are not interleaved") {
  CHECK_FALSE(lower::choose_interleaved(loops(7, 8, 8, 8), DType::f32, machine(14)));
  CHECK(lower::choose_interleaved(loops(8, 8, 8, 8), DType::f32, machine(14)));
  for (Stride ir::Loop::* stride : {&ir::Loop::a, &ir::Loop::b, &ir::Loop::c}) {
    auto apart = loops(1000, 8, 8, 8);
    apart[0].*stride = 2;
    CHECK_FALSE(lower::choose_interleaved(apart, DType::f32, machine(14)));
  }
  CHECK_FALSE(lower::choose_interleaved({}, DType::f32, machine(14)));
}

TEST_CASE("what a tile of interleaved batches reads fits the caches") {
  for (DType dtype : {DType::f32, DType::f64})
    for (Extent extent : {2, 16, 100, 3000}) {
      const ir::Target target = machine(14);
      const ir::Tiling tiling = lower::choose_interleaved(loops(64, extent, extent, extent), dtype, target)->tiling;
      CHECK((tiling.rows + tiling.columns) * tiling.k_block * target.vector_bytes <= target.l1_bytes / 2);
      CHECK(tiling.n_block * tiling.k_block * target.vector_bytes <= target.l2_bytes);
      CHECK(tiling.n_block <= extent);
      CHECK(tiling.k_block <= extent);
    }
}
