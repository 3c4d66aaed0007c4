#include "runtime/execute.hpp"

#include <vector>

#include "support/loop_reference.hpp"

using namespace einc;
using namespace einc::ir;

// t = a transposed (in the arena); out = alpha * half the sum over j of t + beta * out; and a zero beside it.
TEMPLATE_TEST_CASE("instructions run in order through operands, arena and outputs", "", float, double) {
  const DType dtype = dtype_of<TestType>;
  Executable executable;
  executable.operand_count = 1;
  executable.output_count = 2;
  executable.arena_bytes = 192;
  executable.buffers = {{64, 12 * static_cast<std::int64_t>(sizeof(TestType))}};
  executable.code = {
      {Kernel::permute, dtype, {Place::operand, 0, 1}, {}, {Place::arena, 0, 0},
       {{Role::m, 4, 1, 0, 3}, {Role::m, 3, 4, 0, 1}}, {}, Write::store},
      {Kernel::reduce, dtype, {Place::arena, 0, 0}, {}, {Place::output, 0, 2},
       {{Role::m, 3, 1, 0, 1}, {Role::k, 4, 3, 0, 0}}, {}, Write::scale_into, 0.5},
      {Kernel::fill, dtype, {}, {}, {Place::output, 1, 0}, {{Role::m, 2, 0, 0, 1}}, {}, Write::store, 0},
  };
  verify(executable);
  const std::vector<TestType> a = {99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  alignas(64) std::byte arena[192];
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    std::vector<TestType> out = {7, 7, 1, 1, 1}, zero = {5, 5, 5};
    const void* operands[] = {a.data()};
    void* outputs[] = {out.data(), zero.data()};
    runtime::execute(executable, *table, {operands, outputs, 4, 10, arena, nullptr, 2});
    CHECK(out == std::vector<TestType>{7, 7, 30, 62, 94});
    CHECK(zero == std::vector<TestType>{0, 0, 5});
  }
}
