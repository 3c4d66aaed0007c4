#include "ir/executable.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

namespace {

// ij,jk->ik with 3, 4, 5, and its transpose from the arena to the output.
Executable two_instructions() {
  Executable made;
  made.operand_count = 2;
  made.output_count = 1;
  made.arena_bytes = 128;
  made.scratch_bytes = 64;
  made.buffers = {{64, 60}};
  made.code.push_back({Kernel::contract, DType::f32, {Place::operand, 0, 0}, {Place::operand, 1, 2}, {Place::arena, 0, 0},
                       {{Role::m, 3, 4, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 4, 1, 5, 0}},
                       {4, 16, 64, 64, 64, 1}, Write::store});
  made.code.push_back({Kernel::permute, DType::f32, {Place::arena, 0, 0}, {}, {Place::output, 0, 0},
                       {{Role::m, 5, 1, 0, 3}, {Role::m, 3, 5, 0, 1}}, {}, Write::scale_into});
  return made;
}

template <class Break>
std::string complaint(Break break_it) {
  Executable broken = two_instructions();
  break_it(broken);
  try {
    verify(broken);
  } catch (const InternalError& error) {
    return error.what();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("an executable is printed line by line: buffers, instructions, loops") {
  CHECK(print(two_instructions()) ==
        "executable: 2 operands, 1 outputs, arena 128 bytes, scratch 64 bytes a thread\n"
        "  buffer 0: 60 bytes at 64\n"
        "  contract f32 buffer 0 = operand 0 * operand 1 at 2, tile 4x16, blocks m 64 n 64 k 64, k slices 1\n"
        "    m            3  a        4  b        0  c        5\n"
        "    n            5  a        0  b        1  c        1\n"
        "    k            4  a        1  b        5  c        0\n"
        "  permute f32 output 0 = buffer 0, scaled into\n"
        "    m            5  a        1  b        0  c        3\n"
        "    m            3  a        5  b        0  c        1\n");
}

TEST_CASE("verify accepts what is well formed") {
  CHECK_NOTHROW(verify(two_instructions()));
  CHECK_NOTHROW(verify(Executable{}));
}

TEST_CASE("verify says what is wrong, where, and prints the executable") {
  using E = Executable;
  CHECK_THAT(complaint([](E& e) { e.code[0].a.index = 2; }), ContainsSubstring("a is operand 2, of 2 in instruction 0"));
  CHECK_THAT(complaint([](E& e) { e.code[0].a.index = 2; }), ContainsSubstring("permute f32 output 0"));
  CHECK_THAT(complaint([](E& e) { e.code[1].c.index = 1; }), ContainsSubstring("c is output 1, of 1"));
  CHECK_THAT(complaint([](E& e) { e.code[1].c = {Place::operand, 0, 0}; }), ContainsSubstring("c writes operand 0"));
  CHECK_THAT(complaint([](E& e) { e.code.erase(e.code.begin()); }), ContainsSubstring("before it is written"));
  CHECK_THAT(complaint([](E& e) { e.code.pop_back(); }), ContainsSubstring("output 0 is never written"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].offset = 32; }), ContainsSubstring("buffer 0 begins at byte 32"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].bytes = 65; }), ContainsSubstring("ends after the arena"));
  CHECK_THAT(complaint([](E& e) { e.buffers[0].bytes = 59; }), ContainsSubstring("reaches elements 0 to 14"));
  CHECK_THAT(complaint([](E& e) { e.scratch_bytes = 65; }), ContainsSubstring("not a multiple of 64"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].extent = 0; }), ContainsSubstring("loop 0 has extent 0"));
  CHECK_THAT(complaint([](E& e) { std::swap(e.code[0].loops[0], e.code[0].loops[1]); }),
             ContainsSubstring("loop 1 over m follows n"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].b = 1; }), ContainsSubstring("over m has stride 1 in b"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[1].a = 1; }), ContainsSubstring("over n has stride 1 in a"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[2].c = 1; }), ContainsSubstring("over k has stride 1 in c"));
  CHECK_THAT(complaint([](E& e) { e.code[0].loops[0].c = 0; }), ContainsSubstring("writes one place 3 times"));
  CHECK_THAT(complaint([](E& e) { e.code[1].loops[0].role = Role::batch, e.code[1].loops[1].role = Role::k; }),
             ContainsSubstring("over k"));
  CHECK_THAT(complaint([](E& e) { e.code[1].loops[0].b = 1; }), ContainsSubstring("which is not read"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::matvec; }), ContainsSubstring("over n in a matvec"));
  CHECK_THAT(complaint([](E& e) { e.code[0].tiling.k_block = 0; }), ContainsSubstring("blocks m 64 n 64 k 0"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::small, e.code[0].loops[0].c = 1, e.code[0].loops[1].c = 3; }),
             ContainsSubstring("stride 3 in c of a small"));
  CHECK_THAT(complaint([](E& e) { e.code[0].kernel = Kernel::small, e.code[0].loops.insert(e.code[0].loops.begin(), {Role::m, 1, 0, 0, 0}); }),
             ContainsSubstring("two loops over m"));
  CHECK_THAT(complaint([](E& e) { e.code[0].write = Write::scale_into; }), ContainsSubstring("c scales into buffer 0"));
}
