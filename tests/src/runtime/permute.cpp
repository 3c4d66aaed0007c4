#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a copy between any two layouts is the plain loop nest", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::permute, {Role::m}, true, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_permute<TestType>, 1, 100, 300000);
}
