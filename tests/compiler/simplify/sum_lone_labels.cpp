#include "simplify/simplify.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("sum_lone_labels sums a label of one argument before anything is multiplied") {
  const ir::Expression e = simplify::sum_lone_labels(test::expression("abc,cd->ad", {{2, 5, 3}, {3, 4}}));
  REQUIRE(e.values.size() == 4);
  CHECK(e.values[2].arguments == std::vector<ir::ValueId>{0});
  CHECK(e.values[2].labels == ir::Term{0, 2});
  CHECK(e.values[3].arguments == std::vector<ir::ValueId>{2, 1});
  CHECK(e.outputs[0].value == 3);
  verify(e);
}

TEST_CASE("sum_lone_labels leaves labels that are kept or shared, and single arguments") {
  for (const char* text : {"ij,jk->ik", "i,j->ij"}) {
    const ir::Expression before = test::expression(text, text[1] == 'j' ? std::vector<Shape>{{2, 3}, {3, 4}} : std::vector<Shape>{{2}, {3}});
    CHECK(simplify::sum_lone_labels(before) == before);
  }
  const ir::Expression lone = test::expression("ij->i", {{2, 3}});
  CHECK(simplify::sum_lone_labels(lone) == lone);
}
