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
  const lower::TileChoice choice = lower::choose_tiles({1, 5000, 5000, 7000}, DType::i32, target, lower::PackedForm::quads);
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

TEST_CASE("halves in duos are counted as two bytes each, one behind the last of an odd sum") {
  ir::Target target = server();
  target.duo_tile = {DType::f32, 14, 32}, target.duo_rate = 2;
  const lower::TileChoice choice = lower::choose_tiles({1, 5000, 5000, 7001}, DType::f32, target, lower::PackedForm::duos);
  CHECK(choice.tiling.duos);
  CHECK(choice.tiling.k_block > 3 * lower::choose_tiles({1, 5000, 5000, 7001}, DType::f32, target).tiling.k_block / 2);
  CHECK(choice.tiling.k_block % 2 == 0);
  CHECK(2 * choice.tiling.rows * choice.tiling.k_block <= target.l1_bytes);
  CHECK(2 * choice.tiling.n_block * choice.tiling.k_block <= target.l2_bytes);
  CHECK_THAT(choice.reason, ContainsSubstring("packed in twos") && ContainsSubstring("2.00 times"));
  const ir::Tiling odd = lower::choose_tiles({1, 14, 32, 7}, DType::f32, target, lower::PackedForm::duos).tiling;
  const ir::ContractScratch scratch = ir::contract_scratch(odd, DType::f32);
  CHECK(scratch.b_block - scratch.a_panel >= 14 * 4 * 4);
  CHECK(scratch.tile - scratch.b_block >= 32 * 4 * 4);
}

TEST_CASE("the reason says where blocks do not fit the cache they are meant for") {
  CHECK_THAT(lower::choose_tiles({1, 1024, 1024, 1000}, DType::f32, server()).reason, ContainsSubstring("in L1 of 48 KiB") && ContainsSubstring("in L2 of 2048 KiB"));
  const lower::TileChoice thin = lower::choose_tiles({16, 64, 64, 2048}, DType::f32, server());  // few panels and few tiles: long runs of a are worth more
  CHECK(thin.tiling.rows * thin.tiling.k_block * 4 > server().l1_bytes);
  CHECK_THAT(thin.reason, ContainsSubstring("past L1 of 48 KiB"));
}

TEST_CASE("the scratch holds what the tiling asks for") {
  const lower::TileChoice choice = lower::choose_tiles({4, 100, 200, 300}, DType::f64, server());
  CHECK(choice.scratch_bytes == ir::contract_scratch(choice.tiling, DType::f64).bytes);
  CHECK(choice.scratch_bytes >= choice.tiling.k_block * (choice.tiling.n_block + choice.tiling.rows) * 8);
  CHECK(choice.scratch_bytes % 64 == 0);
}
