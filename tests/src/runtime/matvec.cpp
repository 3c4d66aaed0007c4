#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a matrix times a vector is the plain loop nest, in any layout and with any number of threads", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::matvec, {Role::batch, Role::m, Role::k}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_matvec<TestType>, 1, 100, 600000);
}
