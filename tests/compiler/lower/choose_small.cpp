// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_small.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace einc;
using ir::Role;

namespace {

ir::Target server() {
  ir::Target target;
  target.isa = "avx512", target.vector_bytes = 64;
  target.l1_bytes = 48 << 10, target.l2_bytes = 2 << 20;
  target.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}, {DType::c64, 7, 16}};
  return target;
}

lower::Roles labelled(std::vector<ir::Loop> loops) {
  lower::Roles roles;
  for (std::size_t i = 0; i < loops.size(); ++i) roles.labels.push_back(static_cast<Label>(i));
  roles.loops = std::move(loops);
  return roles;
}

lower::Roles batches(Extent batch, Extent m, Extent n, Extent k) {
  return labelled({{Role::batch, batch, m * k, k * n, m * n}, {Role::m, m, k, 0, n}, {Role::n, n, 0, 1, 1}, {Role::k, k, 1, n, 0}});
}

// abc,bd->adc: d and b are those of a small matrix, of columns a and c.
lower::Roles applied(Extent a, Extent b, Extent c, Extent d) {
  return labelled({{Role::m, d, 1, 0, c}, {Role::n, a, 0, b * c, d * c}, {Role::n, c, 0, 1, 1}, {Role::k, b, d, c, 0}});
}

Extent extent_of(const lower::SmallChoice& choice, Role role) {
  Extent extent = 1;
  for (const ir::Loop& loop : choice.loops) extent *= loop.role == role ? loop.extent : 1;
  return extent;
}

}  // namespace

TEST_CASE("a small contraction gets rows cut evenly and columns as wide as a row of the result, and packs nothing") {
  const auto tile = [](Extent m, Extent n, DType dtype = DType::f32) {
    const auto choice = lower::choose_small(batches(1000, m, n, 4), dtype, server());
    REQUIRE(choice.has_value());
    CHECK(choice->tiles.scratch_bytes == 0);
    return std::pair(choice->tiles.tiling.rows, choice->tiles.tiling.columns);
  };
  CHECK(tile(4, 4) == std::pair(4, 4));
  CHECK(tile(8, 8) == std::pair(8, 8));
  CHECK(tile(9, 9) == std::pair(5, 32));
  CHECK(tile(16, 16) == std::pair(8, 32));
  CHECK(tile(20, 6) == std::pair(7, 32));
  CHECK(tile(4, 4, DType::c64) == std::pair(4, 4));
  CHECK(tile(9, 8, DType::c64) == std::pair(3, 16));
}

TEST_CASE("large or scattered contractions are not small") {
  CHECK(lower::choose_small(batches(1, 48, 48, 48), DType::f32, server()));
  CHECK(!lower::choose_small(batches(1, 49, 48, 48), DType::f32, server()));
  CHECK(!lower::choose_small(batches(2, 2, 65, 2), DType::f32, server()));
  CHECK(!lower::choose_small(batches(1, 2, 2, 65), DType::f32, server()));
  CHECK(lower::choose_small(batches(2, 2, 32, 2), DType::c64, server()));
  CHECK(!lower::choose_small(batches(2, 2, 33, 2), DType::c64, server()));
  lower::Roles scattered = batches(1, 4, 4, 4);
  scattered.loops[2].c = 2;
  CHECK(!lower::choose_small(scattered, DType::f32, server()));
}

TEST_CASE("a small matrix meets an array piece by piece, and the pieces are batches in the order of the result") {
  for (DType dtype : {DType::f32, DType::c64}) {
    const auto choice = lower::choose_small(applied(2048, 2, 2, 2), dtype, server());
    REQUIRE(choice.has_value());
    CHECK(extent_of(*choice, Role::batch) == 2048);
    CHECK(choice->loops.size() == 4);
    CHECK(choice->loops[0] == ir::Loop{Role::batch, 2048, 0, 4, 4});
    CHECK(choice->labels == std::vector<Label>{1, 0, 2, 3});
  }
  // Columns that are many are cut where that leaves whole vectors.
  const auto cut = lower::choose_small(applied(16, 4, 256, 4), DType::f32, server());
  REQUIRE(cut.has_value());
  CHECK(extent_of(*cut, Role::n) == 64);
  CHECK(extent_of(*cut, Role::batch) == 16 * 4);
  CHECK_FALSE(lower::choose_small(applied(16, 4, 257, 4), DType::f32, server()));
  // Rows are, where the matrix is b: ab,bd->ad.
  const auto rows = lower::choose_small(labelled({{Role::m, 65536, 2, 0, 2}, {Role::n, 2, 0, 1, 1}, {Role::k, 2, 1, 2, 0}}), DType::f32, server());
  REQUIRE(rows.has_value());
  CHECK(extent_of(*rows, Role::batch) * extent_of(*rows, Role::m) == 65536);
  // Two summed labels: abcde,bdfg->afcge, both matrix sides in two loops.
  const lower::Roles two = labelled({{Role::m, 2, 2, 0, 512}, {Role::m, 2, 1, 0, 16}, {Role::n, 16, 0, 1024, 1024}, {Role::n, 16, 0, 32, 32}, {Role::n, 16, 0, 1, 1},
                                     {Role::k, 2, 8, 512, 0}, {Role::k, 2, 4, 16, 0}});
  const auto gate = lower::choose_small(two, DType::c64, server());
  REQUIRE(gate.has_value());
  CHECK(extent_of(*gate, Role::batch) == 2 * 16 * 16);
  CHECK(std::is_sorted(gate->loops.begin(), gate->loops.begin() + 3, [](const ir::Loop& x, const ir::Loop& y) { return x.c > y.c; }));
}

TEST_CASE("a matrix that is worth packing for is not small, nor are pieces inside a stream or of an array in memory") {
  CHECK_FALSE(lower::choose_small(applied(2048, 2, 2, 2), DType::f32, server(), false));
  CHECK_FALSE(lower::choose_small(applied(512, 32, 16, 32), DType::f32, server()));  // no small matrix
  CHECK(lower::choose_small(applied(512, 16, 2, 16), DType::f32, server()));
  CHECK(lower::choose_small(applied(1, 4, 44 * 64, 4), DType::f32, server()));
  CHECK_FALSE(lower::choose_small(applied(1, 16, 44 * 41, 16), DType::f32, server()));  // pieces of 44 columns would leave lanes empty
  CHECK(lower::choose_small(applied(8192, 2, 64, 2), DType::f32, server()));
  CHECK_FALSE(lower::choose_small(applied(65536, 2, 64, 2), DType::f32, server()));  // 32 MiB in long runs
  CHECK(lower::choose_small(applied(65536, 2, 16, 2), DType::f32, server()));
  CHECK(lower::choose_small(applied(Extent{1} << 57, 2, 2, 2), DType::f32, server()));  // more bytes than numbers count
  lower::Roles turned = applied(2048, 8, 8, 8);
  std::swap(turned.loops[2].b, turned.loops[3].b);  // columns are no neighbours in b
  CHECK_FALSE(lower::choose_small(turned, DType::f32, server()));
}
