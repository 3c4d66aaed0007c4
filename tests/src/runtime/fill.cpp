#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a fill writes its value, or adds it to beta times what was there, and touches nothing beside", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::fill, {Role::m}, false, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_fill<TestType>, 1, 100, 300000);
}

TEMPLATE_TEST_CASE("a large fill is streamed", "", float, double) {
  einc::testing::RandomLoops random(7);
  einc::ir::Instruction instruction{};
  instruction.kernel = einc::ir::Kernel::fill;
  instruction.dtype = einc::dtype_of<TestType>;
  instruction.loops = {{Role::m, 1501, 0, 0, 1502}, {Role::m, 1501, 0, 0, 1}};
  einc::testing::check_instruction<TestType>(instruction, &einc::runtime::run_fill<TestType>, 1, 0, random);
}
