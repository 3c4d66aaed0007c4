// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_tiles.hpp"

#include "ir/contract_scratch.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {
ir::Target server() {
  ir::Target target;
  target.isa = "avx512", target.vector_bytes = 64;
  target.l1_bytes = 48 << 10, target.l2_bytes = 2 << 20;
  target.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}};
  return target;
}
}  // namespace

TEST_CASE("blocks fit the caches they are made for") {
  for (DType dtype : {DType::f32, DType::f64})
    for (Extent extent : {1, 7, 64, 1000, 100000}) {
      const ir::Target target = server();
      const ir::Tiling tiling = lower::choose_tiles({1, extent, extent, extent}, dtype, target).tiling;
      const auto element = static_cast<Extent>(bytes_of(dtype));
      CHECK(tiling.rows * tiling.k_block * element <= target.l1_bytes * (extent <= 4 * tiling.columns ? 2 : 1));
      CHECK(tiling.n_block * tiling.k_block * element <= target.l2_bytes);
      CHECK(tiling.m_block <= extent);
      CHECK(tiling.n_block <= extent);
      CHECK(tiling.k_block <= extent);
      CHECK(tiling.m_block >= 1);
    }
}

TEST_CASE("blocks are even: the last one is not left thin") {
  const ir::Tiling tiling = lower::choose_tiles({1, 1024, 1024, 1000}, DType::f32, server()).tiling;
  CHECK(tiling.k_block < 1000);
  CHECK(2 * tiling.k_block >= 1000);
  CHECK(1000 - tiling.k_block > 400);
}

TEST_CASE("bytes are counted as bytes: four times as many fit the caches, and a row before them") {
  ir::Target target = server();
  target.byte_tile = {DType::i32, 14, 32};
  const lower::TileChoice choice = lower::choose_tiles({1, 5000, 5000, 7000}, DType::i32, target, true);
  CHECK(choice.tiling.quads);
  CHECK(choice.tiling.k_block > 2 * lower::choose_tiles({1, 5000, 5000, 7000}, DType::f32, target).tiling.k_block);
  CHECK(choice.tiling.rows * choice.tiling.k_block <= target.l1_bytes);
  CHECK(choice.tiling.n_block * choice.tiling.k_block <= target.l2_bytes);
  const ir::ContractScratch scratch = ir::contract_scratch(choice.tiling, DType::i32);
  CHECK(scratch.b_block - scratch.a_panel >= choice.tiling.rows * choice.tiling.k_block);
  CHECK(scratch.tile - scratch.b_block >= choice.tiling.n_block * (choice.tiling.k_block + 4));
  CHECK(scratch.tile - scratch.b_block < 2 * choice.tiling.n_block * choice.tiling.k_block);
  CHECK_THAT(choice.reason, ContainsSubstring("packed in fours"));
}

TEST_CASE("the scratch holds what the tiling asks for") {
  const lower::TileChoice choice = lower::choose_tiles({4, 100, 200, 300}, DType::f64, server());
  CHECK(choice.scratch_bytes == ir::contract_scratch(choice.tiling, DType::f64).bytes);
  CHECK(choice.scratch_bytes >= choice.tiling.k_block * (choice.tiling.n_block + choice.tiling.rows) * 8);
  CHECK(choice.scratch_bytes % 64 == 0);
}

namespace {
std::vector<ir::Loop> small_loops(Extent batch, Extent m, Extent n, Extent k) {
  return {{ir::Role::batch, batch, m * k, k * n, m * n}, {ir::Role::m, m, k, 0, n}, {ir::Role::n, n, 0, 1, 1}, {ir::Role::k, k, 1, n, 0}};
}
}  // namespace

TEST_CASE("a small contraction gets rows cut evenly and columns as wide as a row of the result, and packs nothing") {
  const auto tile = [](Extent m, Extent n) {
    const auto choice = lower::choose_small_tiles(small_loops(1000, m, n, 4), DType::f32, server());
    REQUIRE(choice.has_value());
    CHECK(choice->scratch_bytes == 0);
    return std::pair(choice->tiling.rows, choice->tiling.columns);
  };
  CHECK(tile(4, 4) == std::pair(4, 4));
  CHECK(tile(8, 8) == std::pair(8, 8));
  CHECK(tile(9, 9) == std::pair(5, 32));
  CHECK(tile(16, 16) == std::pair(8, 32));
  CHECK(tile(20, 6) == std::pair(7, 32));
}

TEST_CASE("large, cut or scattered contractions are not small") {
  CHECK(lower::choose_small_tiles(small_loops(1, 48, 48, 48), DType::f32, server()));
  CHECK(!lower::choose_small_tiles(small_loops(1, 49, 48, 48), DType::f32, server()));
  CHECK(!lower::choose_small_tiles(small_loops(1, 2, 65, 2), DType::f32, server()));
  CHECK(!lower::choose_small_tiles(small_loops(1, 2, 2, 65), DType::f32, server()));
  CHECK(!lower::choose_small_tiles(small_loops(1, Extent{1} << 40, 2, 2), DType::f32, server()));
  auto loops = small_loops(1, 4, 4, 4);
  loops[2].c = 2;
  CHECK(!lower::choose_small_tiles(loops, DType::f32, server()));
  loops = small_loops(1, 4, 4, 4);
  loops.insert(loops.begin() + 1, loops[1]);
  CHECK(!lower::choose_small_tiles(loops, DType::f32, server()));
}
