#include "simplify/simplify.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/kept_meaning.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {

ir::Expression resolved(const std::string& text, const std::vector<Shape>& shapes) {
  ir::Expression e = simplify::resolve_views(test::bound_of(Program::parse(text), shapes).expression);
  verify(e);
  return e;
}
bool has_views(const ir::Expression& e) {
  return std::any_of(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::view; });
}

}  // namespace

TEST_CASE("views of an operand are strides") {
  const ir::Expression e = resolved("input x \"se\"\noutput o = exp(split(slice(x, \"s\", {1, 6, 2}, \"t\"), \"e\", \"hd\", {{\"h\", 2}}))", {{6, 4}});
  CHECK_FALSE(has_views(e));
  CHECK(e.values[0].offset == 4);
  CHECK(e.values[0].strides == Strides{8, 2, 1});
}

TEST_CASE("a contraction of a renamed value takes the value's names") {
  const ir::Expression e = resolved("input x \"qk\"\ninput v \"kc\"\noutput o = einsum(\"ij,jc->ic\", exp(x), v)", {{2, 3}, {3, 4}});
  const auto contract = std::find_if(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::contract; });
  REQUIRE(contract != e.values.end());
  for (const ir::ValueId argument : contract->arguments) CHECK(e.values[argument].op != ir::Op::view);
}

TEST_CASE("two renamed values of one contraction do not take turns for ever") {
  const std::string text = "input x \"ab\"\ny = exp(x)\noutput o = einsum(\"cd,de->ce\", y, rename(y, \"ab\", \"ba\"))";
  const ir::Expression e = resolved(text, {{2, 2}});
  CHECK(test::nearly(testing::interpret(e, {test::counting(4)})[0], test::computed(text, {{2, 2}}, {test::counting(4)})));
}

TEST_CASE("a diagonal keeps its names") {
  const std::string text = "input x \"eda\"\noutput o = einsum(\"dda->d\", tanh(x))";
  const ir::Expression e = simplify::resolve_views(simplify::split_labels(test::bound_of(Program::parse(text), {{3, 3, 2}}).expression));
  CHECK(test::nearly(testing::interpret(e, {test::counting(18)})[0], test::computed(text, {{3, 3, 2}}, {test::counting(18)})));
}

TEST_CASE("resolve-views keeps what random programs compute") {
  CHECK(test::first_lost_meaning({simplify::take_diagonals, simplify::drop_unit_labels, simplify::split_labels, simplify::resolve_views}) == "");
}

TEST_CASE("a cut that begins at the first position is no rename: a sum over it does not take the positions it leaves out") {
  const std::vector<Shape> shapes = {{4, 5}, {4, 3}};
  const auto operands = test::some_operands(shapes);
  for (const char* text : {"input x \"cb\"\ninput y \"cd\"\nv = slice(abs(x), \"c\", {0, 3}, \"g\")\noutput s = sum(v, \"g\")\noutput t = sum(tanh(v), \"b\")\n",
                           "input x \"cb\"\ninput y \"cd\"\nv = slice(abs(x), \"c\", {0, 2}, \"g\")\nw = rename(rename(v, \"g\", \"h\"), \"h\", \"i\")\noutput s = einsum(\"ib->b\", w)\n"})
    CHECK(test::first_pass_that_lies(test::expression_of(text, shapes), operands) == "");
}
