// slice_sums.cpp: which sums are cut, into how many slices, and what that leaves of the tiles.
#include "lower/slice_sums.hpp"

#include "ir/contract_scratch.hpp"
#include "ir/tiling_rules.hpp"
#include "lower/arrange_loops.hpp"
#include "lower/copy_first.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using lower::Strided;

namespace {

// bki,bkj->bij, dense.
lower::Made made(Extent batch, Extent k, Extent m, Extent n, DType dtype = DType::f32) {
  const std::vector<Extent> extents{batch, k, m, n};
  const Strided lhs{{0, 1, 2}, {k * m, m, 1}, {ir::Place::operand, 0, 0}}, rhs{{0, 1, 3}, {k * n, n, 1}, {ir::Place::operand, 1, 0}};
  const Strided out{{0, 2, 3}, {m * n, n, 1}, {ir::Place::arena, 0, 0}};
  return lower::make_contraction(lhs, &rhs, out, extents, dtype, testing::test_target());
}
int slices(Extent batch, Extent k, Extent m, Extent n) { return lower::slices_of_sum(made(batch, k, m, n).instruction, testing::test_target()); }

}  // namespace

TEST_CASE("few results of a long sum are cut, whatever the number of threads") {
  CHECK(slices(1, 1'000'000, 32, 32) == 64);
  CHECK(slices(4, 1'000'000, 32, 32) == 16);
  CHECK(slices(1, 200'000, 128, 128) == 32);  // 49 slices of 4096, and whole powers of two
  CHECK(slices(1, 20'000, 32, 32) == 4);
  ir::Target many = testing::test_target();
  many.threads = 64;
  CHECK(lower::slices_of_sum(made(1, 20'000, 32, 32).instruction, many) == 4);
}

TEST_CASE("short sums, many results, little work and results that leave the cache are not cut") {
  CHECK(slices(1, 8191, 32, 32) == 1);
  CHECK(slices(64, 100'000, 8, 8) == 1);
  CHECK(slices(1, 100'000, 512, 512) == 1);
  CHECK(slices(1, 100'000'000, Extent{1} << 30, 1) == 1);
  CHECK(slices(1, 20'000, 2, 2) == 1);
  ir::Target small = testing::test_target();
  small.l2_bytes = 100 << 10;
  CHECK(lower::slices_of_sum(made(1, 200'000, 128, 128).instruction, small) == 1);
}

TEST_CASE("blocks of the sum fill slices evenly, and take no more scratch") {
  lower::Made cut = made(1, 1'000'000, 32, 32);
  const lower::Made whole = cut;
  lower::slice_sum(cut, 64, testing::test_target());
  const ir::Tiling& tiling = cut.instruction.tiling;
  CHECK(tiling.k_slices == 64);
  CHECK(tiling.k_block <= whole.instruction.tiling.k_block);
  CHECK(tiling.k_block % ir::slice_unit == 0);
  const Extent longest = 15632, blocks = (longest + tiling.k_block - 1) / tiling.k_block;
  CHECK(blocks * tiling.k_block - longest < blocks * ir::slice_unit);
  CHECK(cut.scratch_bytes <= whole.scratch_bytes);
  CHECK_THAT(cut.reason, ContainsSubstring(std::to_string(tiling.k_block) + " x 32 of b"));
  CHECK_THAT(cut.reason, ContainsSubstring("64 slices of 15632 positions"));
}

TEST_CASE("blocks of runs of columns stay whole where their sum is cut") {
  // befa,edfc->cabd, of which columns follow b in groups that are turned: a = 0, b = 1, c = 2, d = 3, e = 4, f = 5
  const std::vector<Extent> extents{17, 3, 4, 67, 256, 200};
  const Strided lhs = lower::dense_in({1, 4, 5, 0}, extents, {ir::Place::operand, 0, 0}), rhs = lower::dense_in({4, 3, 5, 2}, extents, {ir::Place::operand, 1, 0});
  const Strided out = lower::dense_in({2, 0, 1, 3}, extents, {ir::Place::arena, 0, 0});
  for (const std::int64_t l1 : {32 << 10, 48 << 10}) {
    ir::Target target = testing::test_target();
    target.l1_bytes = l1, target.l2_bytes = 1 << 20;
    lower::Made cut = lower::make_contraction(lhs, &rhs, out, extents, DType::f32, target);
    lower::arrange_loops(cut, DType::f32, target);
    lower::slice_sum(cut, 8, target);
    INFO(cut.reason);
    CHECK(cut.instruction.tiling.run != 0);
    CHECK(ir::tiling_fault(cut.instruction).empty());
  }
}

TEST_CASE("neighbours along columns of both are met in blocks for a cache, and the next is asked for, unless few tiles have them all") {
  const ir::Target target = testing::test_target();
  const auto cut = [&](Extent m, Extent n, DType dtype) {
    lower::Made sum = made(1, 1'000'000, m, n, dtype);
    lower::slice_sum(sum, 16, target);
    return sum.instruction.tiling;
  };
  CHECK(cut(32, 32, DType::f32).k_block * (32 + 32) * 4 <= target.l1_bytes / 2);
  CHECK(cut(24, 24, DType::c64).k_block * (24 + 24) * 8 <= target.l1_bytes / 2);
  CHECK(cut(32, 32, DType::f32).ahead == ir::Ahead::sum);
  CHECK(cut(4, 8, DType::f32).k_block * (4 + 8) * 4 > target.l1_bytes / 2);
  CHECK(cut(4, 8, DType::f32).ahead == ir::Ahead::nothing);
  const ir::Tiling wide = cut(56, 128, DType::f32);  // too many for the first level
  CHECK(wide.k_block * (56 + 128) * 4 > target.l1_bytes / 2);
  CHECK(wide.k_block * (56 + 128) * 4 <= target.l2_bytes / 8);
  CHECK(wide.ahead == ir::Ahead::sum);
  const ir::Tiling packed = cut(512, 512, DType::f32);  // and not read in place
  CHECK(packed.ahead == ir::Ahead::sum);
  CHECK(packed.k_block == 128);
  CHECK(packed.n_block >= 512);
  CHECK(cut(2048, 2048, DType::f32).ahead == ir::Ahead::nothing);  // and no room for the next ones
}
