// tiling_rules.cpp: what is wrong with the tiles of a contraction is named; verify_executable.cpp has those that need buffers.
#include "ir/tiling_rules.hpp"

#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

namespace {

// ki,kj->ij with 3 and 5 results and 100 positions, in four slices.
Instruction sliced() {
  Instruction made{Kernel::contract, DType::f32, {Place::operand, 0, 0}, {Place::operand, 1, 0}, {Place::arena, 0, 0},
                   {{Role::batch, 2, 300, 500, 15}, {Role::m, 3, 1, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 100, 3, 5, 0}}, {3, 16, 64, 64, 16, 4}, Write::store};
  return made;
}

template <class Break>
std::string fault(Break break_it) {
  Instruction broken = sliced();
  break_it(broken);
  return tiling_fault(broken);
}

}  // namespace

TEST_CASE("slices of a sum are dense arrays one behind another that something adds up") {
  using I = Instruction;
  CHECK(fault([](I&) {}).empty());
  CHECK(slice_elements(sliced()) == 30);
  CHECK(fault([](I& i) { i.tiling.k_slices = 7; }).empty());
  CHECK_THAT(fault([](I& i) { i.tiling.k_slices = 8; }), ContainsSubstring("8 k slices of 100 positions"));  // one of them would be empty
  CHECK_THAT(fault([](I& i) { i.tiling.k_slices = 0; }), ContainsSubstring("0 k slices"));
  CHECK_THAT(fault([](I& i) { i.c.place = Place::output; }), ContainsSubstring("4 k slices that nobody adds up"));
  CHECK_THAT(fault([](I& i) { i.write = Write::scale_into; }), ContainsSubstring("nobody adds up"));
  CHECK_THAT(fault([](I& i) { i.epilogue = 0; }), ContainsSubstring("nobody adds up"));
  CHECK_THAT(fault([](I& i) { i.c.dtype = DType::bf16; }), ContainsSubstring("nobody adds up"));
  CHECK_THAT(fault([](I& i) { i.loops[0].c = 16; }), ContainsSubstring("4 k slices of 30 results that reach to 30"));
  CHECK_THAT(fault([](I& i) { i.loops[2].c = -1; }), ContainsSubstring("of 30 results"));
}

TEST_CASE("a contraction that is not cut may write anywhere") {
  Instruction whole = sliced();
  whole.tiling.k_slices = 1, whole.c.place = Place::output, whole.write = Write::scale_into, whole.loops[0].c = 1000;
  CHECK(tiling_fault(whole).empty());
  whole.tiling.rows = 0;
  CHECK_THAT(tiling_fault(whole), ContainsSubstring("a tile of 0x16"));
  whole.kernel = Kernel::dot;
  CHECK(tiling_fault(whole).empty());
}

TEST_CASE("a run of a turned group is a loop, or two of which one follows the other in b") {
  const auto made = [](Stride next_b, Extent run) {
    Instruction turned{Kernel::contract, DType::f32, {Place::operand, 0, 0}, {Place::operand, 1, 0}, {Place::output, 0, 0},
                       {{Role::m, 3, 7, 0, 48}, {Role::n, 4, 0, 84, 1}, {Role::n, 3, 0, next_b, 4}, {Role::n, 4, 0, 1, 12}, {Role::k, 7, 1, 12, 0}}, {3, 16, 64, 12, 16}, Write::store};
    turned.tiling.run = run, turned.tiling.n_block = run, turned.tiling.group = 4 * run, turned.tiling.turned = true;
    return tiling_fault(turned);
  };
  CHECK(made(4, 12).empty());
  CHECK_THAT(made(5, 12), ContainsSubstring("runs of 12 columns"));  // not one behind the other
  CHECK_THAT(made(4, 8), ContainsSubstring("runs of 8 columns"));
  CHECK_THAT(made(4, 4), ContainsSubstring("groups of 16 columns"));  // what is around a run does not follow in c
}
