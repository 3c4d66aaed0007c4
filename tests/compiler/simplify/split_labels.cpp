#include "simplify/simplify.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/kept_meaning.hpp"

using namespace einc;

namespace {

std::size_t views(const ir::Expression& e) {
  return static_cast<std::size_t>(std::count_if(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::view; }));
}
ir::Expression split(const std::string& text, const std::vector<Shape>& shapes) {
  return simplify::split_labels(test::bound_of(Program::parse(text), shapes).expression);
}

}  // namespace

TEST_CASE("a label that is split into heads is its parts all along") {
  const ir::Expression e = split("input x \"se\"\noutput o = exp(split(exp(x), \"e\", \"hd\", {{\"h\", 2}}))", {{3, 4}});
  for (const ir::Value& value : e.values) CHECK((value.op != ir::Op::view || value.groups.empty()));
}

TEST_CASE("a merged label that meets one of its parts in a contraction stays whole") {
  const std::string text = "input x \"abc\"\ninput y \"ab\"\noutput o = einsum(\"d,ab->a\", exp(merge(x, \"abc\", \"d\")), y)";
  const ir::Expression e = split(text, {{2, 4, 3}, {2, 4}});
  CHECK(views(e) == 1);
  CHECK(testing::interpret(e, {test::counting(24), test::counting(8)}) == test::computed(Program::parse(text), {{2, 4, 3}, {2, 4}}, {test::counting(24), test::counting(8)}));
}

TEST_CASE("split-labels keeps what random programs compute") {
  CHECK(test::first_lost_meaning({simplify::take_diagonals, simplify::drop_unit_labels, simplify::split_labels}) == "");
}
