// copy_far_rows.cpp: which rows are copied beside each other; that the numbers are right is in tests/src/runtime/contract.cpp.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/copy_far_rows.hpp"

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

bool copies(const std::string& text, const std::vector<Shape>& shapes, DType dtype = DType::f32, const ir::Target& target = tall_target()) {
  const compiler::Compilation made = testing::compiled(text, shapes, target, dtype);
  REQUIRE(made.executable.code.size() == 1);
  return made.executable.code[0].tiling.copies_rows;
}

}  // namespace

TEST_CASE("rows that lie whole pages apart and meet many panels are copied") {
  const char* const scores = "bqhc,bkhc->bhqk";
  CHECK(copies(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}));
  CHECK(copies(scores, {{4, 512, 32, 64}, {4, 512, 32, 64}}));
  CHECK(copies(scores, {{4, 512, 8, 64}, {4, 200, 8, 64}}, DType::f64));
  CHECK_FALSE(copies(scores, {{4, 512, 8, 64}, {4, 512, 8, 64}}, DType::f64));  // packed for so many panels
  CHECK_FALSE(copies(scores, {{4, 512, 8, 64}, {4, 512, 8, 64}}));    // half a page
  CHECK_FALSE(copies(scores, {{4, 512, 16, 64}, {4, 64, 16, 64}}));   // two panels
  CHECK_FALSE(copies(scores, {{4, 8, 16, 64}, {4, 512, 16, 64}}));    // eight rows, which one set has room for
  CHECK_FALSE(copies(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}, DType::f32, testing::test_target()));  // nor has a lower tile more
  CHECK_FALSE(copies("bhqc,bhkc->bhqk", {{4, 16, 512, 64}, {4, 16, 512, 64}}));
  CHECK_FALSE(copies(scores, {{4, 512, 16, 64}, {4, 512, 16, 64}}, DType::bf16));  // widened on their way
}

TEST_CASE("copies take room, and the plan says why they are made") {
  const compiler::Compilation made = testing::compiled("bqhc,bkhc->bhqk", {{4, 512, 16, 64}, {4, 512, 16, 64}}, tall_target());
  const ir::Tiling& copied = made.executable.code[0].tiling;
  ir::Tiling in_place = copied;
  in_place.copies_rows = false;
  CHECK(ir::contract_scratch(copied, DType::f32).bytes == ir::contract_scratch(in_place, DType::f32).bytes + copied.rows * 64);
  CHECK_THAT(made.notes[0].reason, ContainsSubstring("whole pages apart"));
}
