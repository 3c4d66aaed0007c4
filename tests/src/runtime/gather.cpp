// Gathers against plain loops: rows and elements, indices outside the table, several batches.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/instruction_context.hpp"

#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using testing::RandomLoops;

template <class T>
void reference(const std::vector<ir::Loop>& loops, const ir::Gather& gather, const T* a, const T* b, T* c, std::size_t level = 0) {
  if (level == loops.size()) {
    const bool inside = *b >= T(0) && *b < static_cast<T>(gather.extent);
    *c = inside ? a[static_cast<Extent>(*b) * gather.stride] : T(0);
    return;
  }
  const ir::Loop& loop = loops[level];
  for (Extent i = 0; i < loop.extent; ++i) reference(loops, gather, a + i * loop.a, b + i * loop.b, c + i * loop.c, level + 1);
}

template <class T>
void check(const std::vector<ir::Loop>& loops, const ir::Gather& gather, RandomLoops& random) {
  ir::Instruction instruction{};
  instruction.kernel = ir::Kernel::gather;
  instruction.loops = loops;
  std::vector<ir::Loop> with_table = loops;
  with_table.push_back({ir::Role::k, gather.extent, gather.stride, 0, 0});
  const std::vector<T> a = random.values<T>(testing::reach(with_table, &ir::Loop::a).elements);
  std::vector<T> b(static_cast<std::size_t>(testing::reach(loops, &ir::Loop::b).elements));
  for (T& index : b) index = static_cast<T>(random.below(static_cast<int>(gather.extent) + 4) - 2) + T(0.5);
  b[0] = std::numeric_limits<T>::quiet_NaN();
  const auto places = static_cast<std::size_t>(testing::reach(loops, &ir::Loop::c).elements);
  std::vector<T> expected(places, T(9));
  reference(loops, gather, a.data(), b.data(), expected.data());
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (int threads = 1; threads <= 3; ++threads) {
      std::vector<T> c(places, T(9));
      runtime::run_gather<T>({instruction, *table, a.data(), b.data(), c.data(), 1, 0, nullptr, 0, threads}, gather);
      CHECK(c == expected);
    }
  }
}

}  // namespace

TEST_CASE("a gather widens a table and an index of halves, and rounds what it writes once") {
  using ir::Role;
  const std::vector<std::vector<ir::Loop>> all{{{Role::m, 700, 1, 0, 1}, {Role::n, 5, 0, 1, 700}}, {{Role::n, 600, 0, 1, 1}}};
  for (const std::vector<ir::Loop>& loops : all) {
    const ir::Gather gather{9, loops[0].role == Role::m ? 700 : 1};
    std::vector<bfloat16> table(9 * 700), index(600), rounded(4000);
    std::vector<float> wide_table(table.size()), wide_index(index.size()), plain(4000), widened(4000);
    for (std::size_t i = 0; i < table.size(); ++i) wide_table[i] = table[i] = bfloat16(static_cast<float>(i % 251) / 8);
    for (std::size_t i = 0; i < index.size(); ++i) wide_index[i] = index[i] = bfloat16(static_cast<float>(i * 5 % 12) - 1);
    ir::Instruction instruction{};
    instruction.kernel = ir::Kernel::gather;
    instruction.loops = loops;
    for (const kernels::KernelTable* kernels : testing::runnable_tables()) {
      ir::Instruction halves = instruction;
      halves.a.dtype = halves.b.dtype = DType::bf16;
      const auto* const a = reinterpret_cast<const float*>(table.data());
      const auto* const b = reinterpret_cast<const float*>(index.data());
      runtime::run_gather<float>({instruction, *kernels, wide_table.data(), wide_index.data(), plain.data(), 1, 0, nullptr, 0, 2}, gather);
      runtime::run_gather<float>({halves, *kernels, a, b, widened.data(), 1, 0, nullptr, 0, 2}, gather);
      CHECK(widened == plain);
      halves.c.dtype = DType::bf16;
      runtime::run_gather<float>({halves, *kernels, a, b, reinterpret_cast<float*>(rounded.data()), 1, 0, nullptr, 0, 2}, gather);
      for (std::size_t i = 0; i < plain.size(); ++i) REQUIRE(static_cast<float>(rounded[i]) == plain[i]);
    }
  }
}

TEMPLATE_TEST_CASE("a gather takes what the index says, and zeros where it says nothing", "", float, double) {
  RandomLoops random(1);
  using ir::Role;
  check<TestType>({{Role::m, 33, 1, 0, 1}, {Role::n, 50, 0, 1, 33}}, {11, 33}, random);                             // rows
  check<TestType>({{Role::m, 33, 7, 0, 1}, {Role::n, 50, 0, 1, 33}}, {7, 1}, random);                               // columns
  check<TestType>({{Role::n, 1000, 0, 1, 1}}, {13, 1}, random);                                                     // elements
  check<TestType>({{Role::batch, 40, 13, 9, 9}, {Role::n, 9, 0, 1, 1}}, {13, 1}, random);                           // along the last
  check<TestType>({{Role::batch, 5, 60, 8, 100}, {Role::m, 6, 1, 0, 16}, {Role::n, 8, 0, 1, 2}}, {10, 6}, random);  // with gaps
  check<TestType>({{Role::m, 257, 1, 0, 1}, {Role::n, 900, 0, 1, 257}}, {500, 257}, random);                        // on threads
  check<TestType>({}, {5, 1}, random);
}
