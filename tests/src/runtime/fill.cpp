#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a fill writes zeros, or beta times what was there, and nothing beside", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::fill, {Role::m}, false, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_fill<TestType>, 1, 100, 300000);
}
