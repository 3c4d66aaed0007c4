// Small contractions of random extents and strides against the plain loop nest, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;
using testing::Role;

namespace {

// Nests an array's loops in a random order, some with gaps, some backwards. `innermost` comes first if it is not null.
void nest(std::vector<ir::Loop*> loops, Stride ir::Loop::* stride, ir::Loop* innermost, testing::RandomLoops& random) {
  for (std::size_t i = loops.size(); i > 1; --i) std::swap(loops[i - 1], loops[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
  if (innermost) std::stable_partition(loops.begin(), loops.end(), [&](ir::Loop* loop) { return loop == innermost; });
  Stride step = 1;
  for (ir::Loop* loop : loops) {
    loop->*stride = loop != innermost && random.below(5) == 0 ? -step : step;
    step = step * loop->extent + (random.below(4) == 0 ? random.below(4) : 0);
  }
}

std::vector<ir::Loop*> without(std::vector<ir::Loop>& loops, Role role) {
  std::vector<ir::Loop*> kept;
  for (ir::Loop& loop : loops)
    if (loop.role != role) kept.push_back(&loop);
  return kept;
}

template <class T>
ir::Instruction random_small(testing::RandomLoops& random, int most) {
  ir::Instruction made{};
  made.kernel = ir::Kernel::small;
  made.dtype = dtype_of<T>;
  for (int i = random.below(3); i > 0; --i) made.loops.push_back({Role::batch, 1 + random.below(12), 0, 0, 0});
  const bool even = random.below(3) == 0;
  for (Role role : {Role::m, Role::n, Role::k}) {
    const Extent extent = even ? Extent{2} << random.below(4) : 1 + random.below(most);
    if (role == Role::k && 3 * extent <= ir::small_extent && random.below(3) == 0) made.loops.push_back({role, 1 + random.below(3), 0, 0, 0});
    if (extent > 1) made.loops.push_back({role, extent, 0, 0, 0});
  }
  ir::Loop* columns = nullptr;
  for (ir::Loop& loop : made.loops)
    if (loop.role == Role::n) columns = &loop;
  nest(without(made.loops, Role::n), &ir::Loop::a, nullptr, random);
  nest(without(made.loops, Role::m), &ir::Loop::b, random.below(3) ? columns : nullptr, random);
  nest(without(made.loops, Role::k), &ir::Loop::c, columns, random);
  if (random.below(8) == 0 && !made.loops.empty() && made.loops[0].role == Role::batch) made.loops[0].b = 0;
  return made;
}

// The same of complex numbers: strides count parts, and columns are parts, with a loop of their own where numbers lie apart in b.
void take_parts(ir::Instruction& instruction, testing::RandomLoops& random) {
  instruction.tiling.pairs = true;
  instruction.conjugate_a = random.below(3) == 0, instruction.conjugate_b = random.below(3) == 0;
  std::vector<ir::Loop>& loops = instruction.loops;
  const bool adjacent = std::any_of(loops.begin(), loops.end(), [](const ir::Loop& loop) { return loop.role == Role::n && loop.b == 1; });
  for (ir::Loop& loop : loops) {
    if (adjacent && loop.role == Role::n) loop.extent *= 2;
    else loop.a *= 2, loop.b *= 2, loop.c *= 2;
  }
  const auto sums = std::find_if(loops.begin(), loops.end(), [](const ir::Loop& loop) { return loop.role == Role::k; });
  if (!adjacent) loops.insert(sums, {Role::n, 2, 0, 1, 1});
}

// Any tile the runtime may be told: of few rows, narrow where the columns are 2, 4 or 8.
template <class T>
void give_tile(ir::Instruction& instruction, const kernels::KernelTable& table, testing::RandomLoops& random) {
  Extent columns = 1;
  for (const ir::Loop& loop : instruction.loops)
    if (loop.role == Role::n) columns *= loop.extent;
  const kernels::ContractKernels<T>& kernels = runtime::contract_kernels<T>(table);
  const int most_rows = (instruction.tiling.pairs ? runtime::pair_kernels<T>(table).small : kernels.small).rows;
  const bool narrow = columns < kernels.width && (columns == 2 || columns == 4 || columns == 8) && random.below(4);
  instruction.tiling.rows = 1 + random.below(most_rows), instruction.tiling.columns = narrow ? static_cast<int>(columns) : kernels.columns;
}

template <class T>
void check_random(int rounds, int most, Extent batches, bool complex = false) {
  testing::RandomLoops random(static_cast<unsigned>(most));
  for (int round = 0; round < rounds; ++round)
    for (const kernels::KernelTable* table : testing::runnable_tables()) {
      ir::Instruction instruction = random_small<T>(random, most);
      if (batches > 1) {  // enough of them to be shared by threads
        const testing::Reach a = testing::reach(instruction.loops, &ir::Loop::a), b = testing::reach(instruction.loops, &ir::Loop::b),
                             c = testing::reach(instruction.loops, &ir::Loop::c);
        instruction.loops.insert(instruction.loops.begin(), {Role::batch, batches, a.elements, -b.elements, c.elements + 1});
      }
      if (complex) take_parts(instruction, random);
      give_tile<T>(instruction, *table, random);
      const int scaling = random.below(4);
      instruction.write = scaling == 0 ? ir::Write::store : ir::Write::scale_into;
      testing::check_instruction<T>(instruction, &runtime::run_small<T>, scaling == 1 || scaling == 2 ? T(1.5) : T(1),
                                    scaling == 1 || scaling == 3 ? T(-0.5) : T(0), random, {table});
    }
}

}  // namespace

TEMPLATE_TEST_CASE("a small contraction is the plain loop nest, in any layout and with any number of threads", "", float, double) {
  check_random<TestType>(200, 9, 1);
  check_random<TestType>(60, ir::small_extent, 1);
}

TEMPLATE_TEST_CASE("many small contractions are the same bits however threads share them", "", float, double) {
  check_random<TestType>(20, 10, 1000);
}

TEMPLATE_TEST_CASE("a small contraction of complex numbers is the plain loop nest over their parts", "", float, double) {
  check_random<TestType>(100, 9, 1, true);
  check_random<TestType>(20, ir::small_extent / 2, 1, true);
  check_random<TestType>(5, 7, 1000, true);
}

TEST_CASE("a small contraction passes infinities and NaN on, also where the other factor is zero") {
  for (const kernels::KernelTable* table : testing::runnable_tables())
    for (const int n : {4, 5}) {
      ir::Instruction instruction{};
      instruction.kernel = ir::Kernel::small;
      instruction.dtype = DType::f64;
      instruction.loops = {{Role::m, 3, 2, 0, n}, {Role::n, n, 0, 1, 1}, {Role::k, 2, 1, n, 0}};
      instruction.tiling = {3, n < table->contract_f64.width ? n : table->contract_f64.columns};
      if (n == 5) instruction.tiling.columns = table->contract_f64.columns;
      const std::vector<double> a(6, 0.0);
      std::vector<double> b(static_cast<std::size_t>(2 * n), 1.0), c(static_cast<std::size_t>(3 * n), 7.0);
      b[0] = std::numeric_limits<double>::infinity();
      runtime::run_small<double>({instruction, *table, a.data(), b.data(), c.data(), 1, 0, nullptr, 0, 1});
      for (std::size_t row = 0; row < 3; ++row) {
        CHECK(std::isnan(c[row * static_cast<std::size_t>(n)]));
        CHECK(c[row * static_cast<std::size_t>(n) + 1] == 0.0);
      }
    }
}
