#include <algorithm>
#include <cstdint>

#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a copy between any two layouts is the plain loop nest", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::permute, {Role::m}, true, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_permute<TestType>, 1, 100, 300000);
}

namespace {

using Extents = std::vector<einc::Extent>;

// A copy of a dense array of these extents into another order of its loops.
einc::ir::Instruction copy_of(const Extents& extents, const std::vector<std::size_t>& order) {
  einc::ir::Instruction instruction{};
  instruction.kernel = einc::ir::Kernel::permute;
  for (const einc::Extent extent : extents) instruction.loops.push_back({Role::m, extent, 0, 0, 0});
  einc::Stride a = 1, c = 1;
  for (std::size_t i = extents.size(); i-- > 0;) {
    instruction.loops[i].a = a;
    a *= extents[i];
    instruction.loops[order[i]].c = c;
    c *= extents[order[i]];
  }
  return instruction;
}

const std::pair<Extents, std::vector<std::size_t>> large_copies[] = {
    {{1600, 1424}, {1, 0}},           {{1601, 1407}, {1, 0}},          {{130, 130, 131}, {2, 1, 0}},
    {{40, 21, 84, 35}, {1, 0, 3, 2}}, {{24, 30, 60, 55}, {2, 3, 0, 1}}, {{12, 11, 12, 13, 11, 12}, {5, 4, 3, 2, 1, 0}},
    {{130, 131, 132}, {1, 0, 2}},     {{130, 131, 132}, {0, 2, 1}},     {{3, 900000}, {1, 0}},
    {{900000, 3}, {1, 0}},
    // labels that go on where others end, of even and odd extents; pieces behind each other in a; runs that are kept, of few and many rows
    {{16, 16, 16, 16, 33}, {4, 3, 2, 1, 0}}, {{20, 21, 17, 20, 16}, {4, 3, 2, 1, 0}}, {{7, 9, 50, 8, 90}, {4, 2, 3, 1, 0}},
    {{290, 84, 96}, {0, 2, 1}}, {{16, 400, 400}, {0, 2, 1}}, {{2, 1100, 1200}, {1, 0, 2}}, {{9, 70, 43, 83}, {0, 2, 1, 3}}, {{40, 33, 31, 64}, {2, 1, 0, 3}},
    // rows shorter than a register that follow each other; short runs that are kept, few of a loop
    {{26, 35, 13, 200}, {0, 1, 3, 2}}, {{60, 2, 96, 48, 5}, {3, 0, 2, 1, 4}}, {{60, 2, 36, 38, 16}, {3, 0, 2, 1, 4}}, {{100, 96, 4, 60}, {1, 3, 0, 2}}, {{256, 13, 24, 30}, {1, 3, 0, 2}},
};
const std::pair<Extents, std::vector<std::size_t>> small_copies[] = {
    {{5, 7}, {1, 0}}, {{64, 64}, {1, 0}}, {{65, 130}, {1, 0}}, {{600, 300}, {1, 0}}, {{8, 8, 8, 8, 8}, {4, 3, 2, 1, 0}}, {{9, 20, 21, 17}, {3, 2, 1, 0}}, {{31, 3, 33}, {2, 0, 1}},
    {{9, 2, 21, 17, 3}, {3, 0, 2, 1, 4}}, {{2, 3, 5}, {1, 0, 2}}, {{7, 40, 20}, {1, 0, 2}},
};

// Every place of c against a plain loop; bytes around c must stay. c lies `off` bytes beside a multiple of its elements, or begins at a line.
void check_copy(const einc::ir::Instruction& instruction, std::size_t bytes, std::size_t off = 0, bool at_line = false) {
  constexpr std::size_t skip = 3;  // elements: neither array begins at a line
  einc::Extent elements = 1;
  for (const einc::ir::Loop& loop : instruction.loops) elements *= loop.extent;
  const std::size_t whole = (static_cast<std::size_t>(elements) + 2 * skip) * bytes;
  std::vector<unsigned char> a(whole), expected(whole + off, 0xA5);
  for (std::size_t i = 0; i < whole; ++i) a[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  for (einc::Extent n = 0; n < elements; ++n) {
    einc::Extent rest = n, from = 0, to = 0;
    for (const einc::ir::Loop& loop : instruction.loops) {
      from += rest % loop.extent * loop.a;
      to += rest % loop.extent * loop.c;
      rest /= loop.extent;
    }
    std::memcpy(expected.data() + off + (static_cast<std::size_t>(to) + skip) * bytes, a.data() + (static_cast<std::size_t>(from) + skip) * bytes, bytes);
  }
  for (const einc::kernels::KernelTable* table : einc::testing::runnable_tables()) {
    constexpr std::size_t line = 64;
    std::vector<unsigned char> room(whole + off + line, 0xA5);
    const std::size_t past = reinterpret_cast<std::uintptr_t>(room.data() + off + skip * bytes) % line, shift = at_line ? (line - past) % line : 0;
    einc::runtime::run_copy({instruction, *table, a.data() + skip * bytes, room.data() + shift + off + skip * bytes, 2}, bytes);
    const auto begin = room.begin() + static_cast<std::ptrdiff_t>(shift), end = begin + static_cast<std::ptrdiff_t>(whole + off);
    INFO(table->isa << ", elements of " << bytes << " bytes, " << instruction.loops.size() << " loops, the first of " << instruction.loops[0].extent);
    CHECK(std::equal(begin, end, expected.begin()));
    CHECK(std::count(room.begin(), begin, 0xA5) == begin - room.begin());
    CHECK(std::count(end, room.end(), 0xA5) == room.end() - end);
  }
}

}  // namespace

// Larger than what is kept in the caches, so that lines are streamed: level rows, ragged rows, dense rows, panels of two
// loops, and an output that does not begin at a line.
TEMPLATE_TEST_CASE("a large copy writes every line once, however rows and lines fall", "", float, double) {
  einc::testing::RandomLoops random(7);
  for (const auto& [extents, order] : large_copies) {
    einc::ir::Instruction instruction = copy_of(extents, order);
    instruction.dtype = einc::dtype_of<TestType>;
    einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_permute<TestType>, 1, 0, random);
  }
}

TEST_CASE("elements of every size move as they are") {
  for (const std::size_t bytes : {1u, 2u, 4u, 8u, 16u})
    for (const auto& [extents, order] : small_copies) check_copy(copy_of(extents, order), bytes);
  for (const std::size_t bytes : {1u, 2u, 16u}) {
    for (const auto& [extents, order] : large_copies) check_copy(copy_of(extents, order), bytes);
    check_copy(copy_of({4100, 4130}, {1, 0}), bytes);
  }
}

// Runs of whole lines are met as a has them.
TEST_CASE("a large copy that keeps runs of lines fills c wherever the runs go") {
  for (const std::size_t bytes : {1u, 4u, 8u, 16u})
    for (const auto& [extents, order] : std::initializer_list<std::pair<Extents, std::vector<std::size_t>>>{
             {{140, 130, 512}, {1, 0, 2}}, {{6, 7, 20, 30, 384}, {2, 0, 3, 1, 4}}, {{3, 5, 1024, 640}, {1, 0, 2, 3}}, {{140, 130, 500}, {1, 0, 2}}})
      check_copy(copy_of(extents, order), bytes, 0, true);
}

TEST_CASE("a large copy of short runs, whole lines or not, fills c wherever it begins") {
  for (const std::size_t bytes : {4u, 8u})
    for (const auto& [extents, order] : std::initializer_list<std::pair<Extents, std::vector<std::size_t>>>{
             {{1100, 130, 16}, {1, 0, 2}}, {{11, 33, 190, 32}, {2, 0, 1, 3}}, {{1100, 130, 17}, {1, 0, 2}}, {{9, 60, 37, 20, 7}, {1, 3, 0, 2, 4}}})
      for (const bool at_line : {true, false}) check_copy(copy_of(extents, order), bytes, 0, at_line);
}

TEST_CASE("complex numbers need no more than the alignment of their parts") {
  for (const auto& [extents, order] : large_copies) check_copy(copy_of(extents, order), 16, 8);
}

TEST_CASE("a large copy scaled into c, or added to it, is the plain loop nest") {
  einc::testing::RandomLoops random(11);
  for (const auto& [extents, order] : {large_copies[5], large_copies[10], large_copies[14], large_copies[16]}) {
    einc::ir::Instruction instruction = copy_of(extents, order);
    instruction.dtype = einc::dtype_of<float>;
    einc::testing::check_instruction<float>(instruction, &einc::runtime::run_permute<float>, 0.5f, 2, random);
  }
}
