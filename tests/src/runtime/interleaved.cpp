// Contractions of batches that lie side by side against the plain loop nest, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>
#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;
using testing::Role;

namespace {

// Strides of an array: its batches side by side, the other loops in a random order around them, some with gaps, some backwards.
void nest(std::vector<ir::Loop>& loops, std::size_t lanes, Stride ir::Loop::* stride, Role absent, testing::RandomLoops& random) {
  std::vector<ir::Loop*> own;
  for (std::size_t i = 0; i < loops.size(); ++i)
    if (i != lanes && loops[i].role != absent) own.push_back(&loops[i]);
  for (std::size_t i = own.size(); i > 1; --i) std::swap(own[i - 1], own[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
  loops[lanes].*stride = 1;
  Stride step = loops[lanes].extent + random.below(4);
  for (ir::Loop* loop : own) {
    loop->*stride = random.below(5) == 0 ? -step : step;
    step = step * loop->extent + (random.below(4) == 0 ? random.below(4) : 0);
  }
}

template <class T>
ir::Instruction random_interleaved(testing::RandomLoops& random, int most, int most_lanes) {
  ir::Instruction made{};
  made.kernel = ir::Kernel::interleaved;
  made.dtype = dtype_of<T>;
  for (int i = random.below(3); i > 0; --i) made.loops.push_back({Role::batch, 1 + random.below(4), 0, 0, 0});
  made.loops.push_back({Role::batch, 1 + random.below(most_lanes), 1, 1, 1});
  const std::size_t lanes = made.loops.size() - 1;
  for (Role role : {Role::m, Role::n, Role::k})
    for (int i = random.below(3); i > 0; --i) made.loops.push_back({role, 1 + random.below(most), 0, 0, 0});
  nest(made.loops, lanes, &ir::Loop::a, Role::n, random);
  nest(made.loops, lanes, &ir::Loop::b, Role::m, random);
  nest(made.loops, lanes, &ir::Loop::c, Role::k, random);
  made.tiling = {1 + random.below(4), 1 + random.below(4)};
  made.tiling.n_block = 1 + random.below(most), made.tiling.k_block = 1 + random.below(most);
  made.tiling.run = 1 + random.below(most_lanes);
  return made;
}

// The same of complex numbers: strides count parts, and every batch has two lanes.
void take_parts(ir::Instruction& instruction, testing::RandomLoops& random) {
  instruction.tiling.pairs = true, instruction.tiling.run *= 2;
  instruction.conjugate_a = random.below(3) == 0, instruction.conjugate_b = random.below(3) == 0;
  for (ir::Loop& loop : instruction.loops) {
    if (loop.role == Role::batch && loop.a == 1 && loop.b == 1 && loop.c == 1) loop.extent *= 2;
    else loop.a *= 2, loop.b *= 2, loop.c *= 2;
  }
}

template <class T>
void check_random(int rounds, int most, int most_lanes, bool complex = false) {
  testing::RandomLoops random(static_cast<unsigned>(most));
  for (int round = 0; round < rounds; ++round) {
    ir::Instruction instruction = random_interleaved<T>(random, most, most_lanes);
    if (complex) take_parts(instruction, random);
    const int scaling = random.below(4);
    instruction.write = scaling == 0 ? ir::Write::store : ir::Write::scale_into;
    testing::check_instruction<T>(instruction, &runtime::run_interleaved<T>, scaling == 1 || scaling == 2 ? T(1.5) : T(1),
                                  scaling == 1 || scaling == 3 ? T(-0.5) : T(0), random);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("batches side by side are the plain loop nest, in any order of the other loops", "", float, double) {
  check_random<TestType>(200, 6, 40);
}

TEMPLATE_TEST_CASE("complex batches side by side are the plain loop nest over their parts", "", float, double) {
  check_random<TestType>(100, 6, 40, true);
  check_random<TestType>(6, 11, 300, true);
}

TEMPLATE_TEST_CASE("batches side by side are the same bits however threads share them", "", float, double) {
  check_random<TestType>(12, 11, 300);
}
