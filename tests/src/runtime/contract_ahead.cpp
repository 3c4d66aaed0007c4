// contract_ahead.cpp: what tiles ask for changes no bit of what they compute, and reads nothing.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <cstring>
#include <vector>

#include "ir/contract_scratch.hpp"
#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;
using testing::Role;

namespace {

constexpr Extent positions = 333;

// ki,kj->ij, dense, in blocks of so many positions.
template <class T>
ir::Instruction columns(const kernels::KernelTable& table, Extent m, Extent n) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  ir::Instruction made{ir::Kernel::contract, dtype_of<T>, {ir::Place::operand, 0, 0}, {ir::Place::operand, 1, 0}, {ir::Place::output, 0, 0},
                       {{Role::m, m, 1, 0, n}, {Role::n, n, 0, 1, 1}, {Role::k, positions, m, n, 0}}, {}};
  made.tiling.rows = kernels.rows, made.tiling.columns = kernels.columns;
  made.tiling.m_block = m, made.tiling.n_block = (n + kernels.columns - 1) / kernels.columns * kernels.columns, made.tiling.k_block = 48;
  return made;
}

template <class T>
std::vector<T> run(const ir::Instruction& instruction, const kernels::KernelTable& table, const std::vector<T>& a, const std::vector<T>& b, std::size_t results, const T* next_b = nullptr) {
  const auto bytes = static_cast<std::size_t>(ir::contract_scratch(instruction.tiling, dtype_of<T>).bytes);
  std::vector<std::byte> scratch(bytes + 64, std::byte{0xff});
  auto* aligned = scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64) % 64;
  std::vector<T> c(results, T(7));
  runtime::InstructionContext<T> context{instruction, table, a.data(), b.data(), c.data(), T(1), T(0), aligned, bytes, 1};
  context.next_b = next_b;
  runtime::run_contract<T>(context);
  return c;
}

}  // namespace

TEMPLATE_TEST_CASE("the next part of a sum is asked for, and results are the same", "", float, double, std::uint32_t) {
  testing::RandomLoops random(29);
  for (const kernels::KernelTable* table : testing::runnable_tables())
    for (const Extent m : {Extent{5}, Extent{30}, Extent{129}, Extent{300}})
      for (const Extent n : {Extent{7}, Extent{32}, Extent{40}, Extent{100}, Extent{270}}) {
        const auto a = random.values<TestType>(positions * m), b = random.values<TestType>(positions * n);
        ir::Instruction instruction = columns<TestType>(*table, m, n);
        const std::vector<TestType> plain = run<TestType>(instruction, *table, a, b, static_cast<std::size_t>(m * n));
        instruction.tiling.ahead = ir::Ahead::sum;
        const std::vector<TestType> asking = run<TestType>(instruction, *table, a, b, static_cast<std::size_t>(m * n));
        INFO(table->isa << ", " << m << " x " << n);
        REQUIRE(std::memcmp(plain.data(), asking.data(), plain.size() * sizeof(TestType)) == 0);
        TestType sum = 0;
        for (Extent k = 0; k < positions; ++k) sum = static_cast<TestType>(sum + a[static_cast<std::size_t>(k * m + m - 1)] * b[static_cast<std::size_t>(k * n + n - 1)]);
        CHECK(std::abs(static_cast<double>(asking.back()) - static_cast<double>(sum)) <= 1e-3);
      }
}

TEMPLATE_TEST_CASE("b of a tile that follows is asked for wherever it lies, and results are the same", "", float, double) {
  testing::RandomLoops random(31);
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    const auto a = random.values<TestType>(positions * 20), b = random.values<TestType>(positions * 40);
    ir::Instruction instruction = columns<TestType>(*table, 20, 40);
    instruction.tiling.k_block = positions;
    const std::vector<TestType> plain = run<TestType>(instruction, *table, a, b, 800), asking = run<TestType>(instruction, *table, a, b, 800, b.data() + b.size() / 2);
    CHECK(plain == asking);
  }
}
