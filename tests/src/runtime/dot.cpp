#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a dot product over any loops is the plain loop nest, with any number of threads", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::dot, {Role::batch, Role::k}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_dot<TestType>, 1, 100, 600000);
}
