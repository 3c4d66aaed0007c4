// products.cpp: what a product becomes: one instruction, or slices and what adds them up.
#include "lower/products.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ir/tiling_rules.hpp"
#include "lower/lower.hpp"
#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::compiled;

TEST_CASE("a sum in slices is a contraction into the arena and a sum of its results") {
  const compiler::Compilation made = compiled("ki,kj->ij", {{1'000'000, 32}, {1'000'000, 32}});
  const ir::Executable& executable = made.executable;
  REQUIRE(executable.code.size() == 2);
  const ir::Instruction &slices = executable.code[0], &joined = executable.code[1];
  CHECK(slices.kernel == ir::Kernel::contract);
  CHECK(slices.tiling.k_slices == 64);
  CHECK(slices.write == ir::Write::store);
  CHECK(slices.c.place == ir::Place::arena);
  CHECK(executable.buffers[slices.c.index].bytes == 64 * 32 * 32 * 4);
  CHECK(executable.arena_bytes == 64 * 32 * 32 * 4);
  CHECK(joined.kernel == ir::Kernel::reduce);
  CHECK(joined.write == ir::Write::scale_into);
  CHECK(joined.a == slices.c);
  CHECK(joined.loops.back() == ir::Loop{ir::Role::k, 64, 1024, 0, 0});
}

TEST_CASE("results of slices are dense, wherever the result itself lies") {
  const compiler::Compilation made = compiled("hki,hkj->jhi", {{3, 100'000, 24}, {3, 100'000, 20}});
  const ir::Instruction& slices = made.executable.code[0];
  REQUIRE(slices.tiling.k_slices == 16);
  CHECK(ir::slice_elements(slices) == 3 * 24 * 20);
}

TEST_CASE("halves are rounded once, behind the sum of all slices") {
  const compiler::Compilation made = compiled("ki,kj->ij", {{1'000'000, 32}, {1'000'000, 32}}, testing::test_target(), DType::bf16);
  const std::vector<ir::Instruction>& code = made.executable.code;
  REQUIRE(code.size() == 3);
  CHECK(code[0].tiling.k_slices == 64);
  CHECK(code[1].kernel == ir::Kernel::reduce);
  CHECK(code[1].c.place == ir::Place::arena);
  CHECK(code[2].c.dtype == DType::bf16);
}

TEST_CASE("blocks of an array times itself are cut each by itself") {
  const compiler::Compilation made = compiled("input x \"ki\"\noutput g = einsum(\"ki,kj->ij\", x, rename(x, \"i\", \"j\"))\n", {{100'000, 128}});
  const std::vector<ir::Instruction>& code = made.executable.code;
  std::size_t cut = 0, joined = 0;
  for (const ir::Instruction& instruction : code) {
    if (instruction.kernel == ir::Kernel::contract) CHECK(instruction.tiling.k_slices > 1);
    cut += instruction.tiling.k_slices > 1, joined += instruction.kernel == ir::Kernel::reduce;
  }
  CHECK(cut == 2);
  CHECK(joined == 2);
  CHECK_THAT(made.notes[0].reason, ContainsSubstring("rows 0 to 63 from the diagonal on"));
  CHECK_THAT(made.notes[2].reason, ContainsSubstring("for step 1: two free sides"));
}

TEST_CASE("a lowering that may not slice does not") {
  const compiler::Compilation made = compiled("ki,kj->ij", {{1'000'000, 32}, {1'000'000, 32}});
  const lower::Lowered whole = lower::lower(made.expression, made.plan, testing::test_target(), lower::LongSums::whole);
  verify(whole.executable);
  REQUIRE(whole.executable.code.size() == 1);
  CHECK(whole.executable.code[0].tiling.k_slices == 1);
  CHECK(whole.executable.arena_bytes == 0);
}

TEST_CASE("a sum of products of sums and halves says that it is the halves that are read as they lie") {
  for (const auto& [text, shapes] : std::vector<std::pair<std::string, std::vector<Shape>>>{{"ij,jk,ik->", {{60, 80}, {80, 70}, {60, 70}}},
                                                                                          {"ik,ij,jk->", {{60, 70}, {60, 80}, {80, 70}}}}) {
    const compiler::Compilation made = compiled(text, shapes, testing::test_target(), DType::bf16);
    const auto says = [](const lower::Note& note) { return note.reason.find("read as it lies") != std::string::npos; };
    const auto found = std::find_if(made.notes.begin(), made.notes.end(), says);
    REQUIRE(found != made.notes.end());
    CHECK_THAT(found->reason, ContainsSubstring("bf16 is read as it lies"));
  }
}
