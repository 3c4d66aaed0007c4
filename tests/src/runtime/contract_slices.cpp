// Contractions whose sum is cut into slices: the slices add up to the plain loop nest, and have the same bits for any number of threads.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <limits>
#include <vector>

#include "ir/contract_scratch.hpp"
#include "ir/tiling_rules.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;
using testing::Role;

namespace {

// Any loops for a and b; c dense, in the order of the loops or in the reversed one.
ir::Instruction random_sum(testing::RandomLoops& random) {
  ir::Instruction made = random.instruction({ir::Kernel::contract, {Role::batch, Role::m, Role::n, Role::k, Role::k}}, 3'000);
  made.loops.push_back({Role::k, 40 + random.below(200), 0, 0, 0});
  made.loops.back().a = testing::reach(made.loops, &ir::Loop::a).elements, made.loops.back().b = testing::reach(made.loops, &ir::Loop::b).elements;
  std::vector<ir::Loop*> kept;
  for (ir::Loop& loop : made.loops)
    if (loop.role != Role::k) kept.push_back(&loop);
  if (random.below(2)) std::reverse(kept.begin(), kept.end());
  Stride step = 1;
  for (ir::Loop* loop : kept) loop->c = step, step *= loop->extent;
  return made;
}

template <class T>
ir::Tiling random_tiling(const kernels::ContractKernels<T>& kernels, Extent positions, testing::RandomLoops& random) {
  ir::Tiling tiling;
  tiling.rows = 1 + random.below(kernels.rows), tiling.columns = kernels.columns;
  tiling.m_block = 1 + random.below(60), tiling.n_block = kernels.columns * (1 + random.below(3)), tiling.k_block = 1 + random.below(50);
  tiling.k_slices = 2 + random.below(static_cast<int>((positions + ir::slice_unit - 1) / ir::slice_unit) - 1);
  return tiling;
}

template <class T>
std::vector<T> run(const ir::Instruction& instruction, const kernels::KernelTable& table, const T* a, const T* b, std::size_t elements, int threads) {
  const auto bytes = static_cast<std::size_t>(ir::contract_scratch(instruction.tiling, dtype_of<T>).bytes);
  std::vector<std::byte> scratch(bytes * static_cast<std::size_t>(threads) + 64, std::byte{0xff});
  auto* aligned = scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64) % 64;
  std::vector<T> c(elements + 1, std::numeric_limits<T>::quiet_NaN());
  runtime::run_contract<T>({instruction, table, a, b, c.data(), T(1), T(0), aligned, bytes, threads});
  CHECK(std::isnan(c.back()));
  c.pop_back();
  return c;
}

template <class T>
void check(const kernels::KernelTable& table, testing::RandomLoops& random) {
  ir::Instruction instruction = random_sum(random);
  instruction.dtype = dtype_of<T>;
  Extent positions = 1;
  for (const ir::Loop& loop : instruction.loops) positions *= loop.role == Role::k ? loop.extent : 1;
  instruction.tiling = random_tiling(runtime::contract_kernels<T>(table), positions, random);
  REQUIRE(ir::tiling_fault(instruction) == "");
  const testing::Reach in_a = testing::reach(instruction.loops, &ir::Loop::a), in_b = testing::reach(instruction.loops, &ir::Loop::b);
  const std::vector<T> a = random.values<T>(in_a.elements), b = random.values<T>(in_b.elements);
  const auto results = static_cast<std::size_t>(ir::slice_elements(instruction)), slices = static_cast<std::size_t>(instruction.tiling.k_slices);

  std::vector<double> exact(results, 0), terms(results, 0);
  ir::Instruction plain = instruction;
  plain.kernel = ir::Kernel::dot;  // any loops, with two arrays
  testing::reference(plain, a.data() + in_a.first, b.data() + in_b.first, exact.data(), terms.data());

  ir::Executable shown;
  shown.code.push_back(instruction);
  INFO(table.isa << "\n" << ir::print(shown));
  const std::vector<T> one = run(instruction, table, a.data() + in_a.first, b.data() + in_b.first, results * slices, 1);
  for (const int threads : {2, 3, 8}) {
    const std::vector<T> more = run(instruction, table, a.data() + in_a.first, b.data() + in_b.first, results * slices, threads);
    REQUIRE(std::memcmp(one.data(), more.data(), one.size() * sizeof(T)) == 0);
  }
  for (std::size_t i = 0; i < results; ++i) {
    double sum = 0;
    for (std::size_t slice = 0; slice < slices; ++slice) sum += static_cast<double>(one[slice * results + i]);
    const double rounding = static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(positions);
    if (!(std::abs(sum - exact[i]) <= rounding * terms[i])) FAIL("result " << i << " is " << sum << ", expected " << exact[i]);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("slices of a sum add up to it, and do not depend on the number of threads", "", float, double) {
  testing::RandomLoops random(23);
  for (int round = 0; round < 80; ++round)
    for (const kernels::KernelTable* table : testing::runnable_tables()) check<TestType>(*table, random);
}

TEST_CASE("the longest slice and the shortest differ by one unit") {
  for (const std::ptrdiff_t extent : {100, 4096, 15625, 1000003})
    for (const std::ptrdiff_t slices : {2, 3, 7}) {
      std::ptrdiff_t shortest = extent, longest = 0, end = 0;
      for (std::ptrdiff_t slice = 0; slice < slices; ++slice) {
        const runtime::Range range = runtime::share_of(extent, ir::slice_unit, slice, slices);
        CHECK(range.begin == end);
        end = range.end;
        longest = std::max(longest, range.end - range.begin), shortest = std::min(shortest, range.end - range.begin);
      }
      CHECK(end == extent);
      CHECK(longest - shortest < 2 * ir::slice_unit);
    }
}
