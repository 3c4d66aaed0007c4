#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a product of any strides is the plain loop nest", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::multiply, {Role::batch, Role::m, Role::n}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_multiply<TestType>, 1, 100, 300000);
}

TEMPLATE_TEST_CASE("a large product is streamed and still the plain loop nest", "", float, double) {
  einc::testing::RandomLoops random(7);
  einc::ir::Instruction instruction{};
  instruction.kernel = einc::ir::Kernel::multiply;
  instruction.dtype = einc::dtype_of<TestType>;
  instruction.loops = {{Role::m, 1501, 1, 0, 1501}, {Role::n, 1501, 0, 1, 1}};  // outer product
  einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_multiply<TestType>, 1, 0, random);
  instruction.loops = {{Role::batch, 1501, 1501, 1501, 1501}, {Role::batch, 1501, 1, 1, 1}};  // Hadamard
  einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_multiply<TestType>, 1, 0, random);
  instruction.loops = {{Role::batch, 1501, 1501, 1, 1501}, {Role::batch, 1501, 1, 1501, 1}};  // with a transposed factor
  einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_multiply<TestType>, 1, 0, random);
}
