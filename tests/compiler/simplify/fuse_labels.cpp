#include "simplify/simplify.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;
using simplify::fuse_labels;

TEST_CASE("fuse_labels joins labels that always travel together") {
  CHECK(print(fuse_labels(test::expression("abc,abd->cd", {{2, 3, 4}, {2, 3, 5}}))) ==
        print(test::expression("ac,ad->cd", {{6, 4}, {6, 5}})));
}

TEST_CASE("fuse_labels joins a whole chain and remembers its parts") {
  const ir::Expression e = fuse_labels(test::expression("abc->abc", {{2, 3, 4}}));
  const Label fused = e.values[0].labels.at(0);
  CHECK(e.extent(fused) == 24);
  CHECK(e.made_of[fused] == ir::Term{0, 1, 2});
  CHECK(e.values[0].strides == Strides{1});
  verify(e);
}

TEST_CASE("fuse_labels keeps labels apart that stand in another order, apart in memory, or alone somewhere") {
  const auto unchanged = [](const ir::Expression& e) { return fuse_labels(e) == e; };
  CHECK(unchanged(test::expression("ab->ba", {{2, 3}})));
  CHECK(unchanged(test::expression("ab->ab", {{2, 3}}, {{4, 1}})));    // rows with a gap
  CHECK(unchanged(test::expression("ab->ab", {{2, 3}}, {{-3, 1}})));   // rows in reverse
  CHECK(unchanged(test::expression("ab,b->ab", {{2, 3}, {3}})));
  CHECK(unchanged(test::expression("a->aa", {{3}})));
}
