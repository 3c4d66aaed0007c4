// bring_far_rows.cpp: which rows are brought beside each other; that the numbers are right is in tests/src/runtime/contract.cpp.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/bring_far_rows.hpp"

#include "ir/contract_scratch.hpp"
#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;

namespace {

// Tiles of more rows than a set of L1 has lines.
ir::Target tall_target() {
  ir::Target target = testing::test_target();
  target.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}};
  return target;
}

bool brings(const std::string& text, const std::vector<Shape>& shapes, DType dtype = DType::f32, const ir::Target& target = tall_target()) {
  const compiler::Compilation made = testing::compiled(text, shapes, target, dtype);
  REQUIRE(made.executable.code.size() == 1);
  return made.executable.code[0].tiling.brings_rows;
}

}  // namespace

TEST_CASE("rows that lie whole pages apart and meet many panels are brought") {
  const char* const scores = "bqhc,bkhc->bhqk";
  CHECK(brings(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}));
  CHECK(brings(scores, {{4, 512, 32, 64}, {4, 512, 32, 64}}));
  CHECK(brings(scores, {{4, 512, 8, 64}, {4, 200, 8, 64}}, DType::f64));
  CHECK_FALSE(brings(scores, {{4, 512, 8, 64}, {4, 512, 8, 64}}, DType::f64));  // packed for so many panels
  CHECK_FALSE(brings(scores, {{4, 512, 8, 64}, {4, 512, 8, 64}}));    // half a page
  CHECK_FALSE(brings(scores, {{4, 512, 16, 64}, {4, 64, 16, 64}}));   // two panels
  CHECK_FALSE(brings(scores, {{4, 6, 16, 64}, {4, 512, 16, 64}}));    // six rows, which one set has room for
  CHECK_FALSE(brings(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}, DType::f32, testing::test_target()));  // nor has a lower tile more
  CHECK_FALSE(brings("bhqc,bhkc->bhqk", {{4, 16, 512, 64}, {4, 16, 512, 64}}));
  CHECK_FALSE(brings(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}, DType::bf16));  // widened on their way
}

TEST_CASE("where few panels meet them, tiles have no more of them than a set of L1 has lines for") {
  const auto rows = [](std::int64_t l1, const Shape& values) {
    ir::Target target = tall_target();
    target.l1_bytes = l1;
    const compiler::Compilation made = testing::compiled("bhqk,bkhc->bqhc", {{1, values[2], 2048, values[1]}, values}, target, DType::f32);
    CHECK_FALSE(made.executable.code.at(0).tiling.brings_rows);
    return made.executable.code.at(0).tiling.rows;
  };
  CHECK(rows(32 << 10, {1, 2048, 16, 64}) == 6);
  CHECK(rows(48 << 10, {1, 2048, 16, 64}) == 10);
  CHECK(rows(64 << 10, {1, 2048, 16, 64}) == 14);  // 16 lines have room for all
  CHECK(rows(32 << 10, {1, 2000, 16, 64}) == 14);  // no whole pages
}

TEST_CASE("they take room, and the plan says why they are brought") {
  const compiler::Compilation made = testing::compiled("bqhc,bkhc->bhqk", {{4, 512, 16, 64}, {4, 512, 16, 64}}, tall_target());
  const ir::Tiling& brought = made.executable.code[0].tiling;
  ir::Tiling in_place = brought;
  in_place.brings_rows = false;
  CHECK(ir::contract_scratch(brought, DType::f32).bytes == ir::contract_scratch(in_place, DType::f32).bytes + brought.rows * 64);
  CHECK_THAT(made.notes[0].reason, ContainsSubstring("whole pages apart"));
}
