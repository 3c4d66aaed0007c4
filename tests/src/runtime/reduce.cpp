#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a sum over any loops is the plain loop nest, with any number of threads", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::reduce, {Role::m, Role::k}, true, false};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_reduce<TestType>, 1, 100, 600000);
}
