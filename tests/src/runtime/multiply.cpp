#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a product of any strides is the plain loop nest", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::multiply, {Role::batch, Role::m, Role::n}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_multiply<TestType>, 1, 100, 300000);
}
