#include "simplify/simplify.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("drop_unit_labels removes labels of extent 1 from operands, contraction and result") {
  CHECK(print(simplify::drop_unit_labels(test::expression("abc,cd->abd", {{2, 1, 3}, {3, 4}}))) ==
        print(test::expression("ac,cd->ad", {{2, 3}, {3, 4}})));
}

TEST_CASE("drop_unit_labels turns an expression of extents 1 into one of scalars") {
  const ir::Expression e = simplify::drop_unit_labels(test::expression("ab,b->a", {{1, 1}, {1}}));
  CHECK(e.values.back().labels.empty());
  CHECK(e.outputs[0].strides.empty());
  verify(e);
}
