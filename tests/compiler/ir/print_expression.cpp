#include "ir/expression.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/random_program.hpp"

using namespace einc;

namespace {

std::string printed(const std::string& text, const std::vector<Shape>& shapes) { return print(test::bound_of(Program::parse(text), shapes).expression); }

}  // namespace

TEST_CASE("an expression prints one line a value, labels by order of appearance") {
  CHECK(print(test::expression("xy,yz->xz", {{2, 3}, {3, 4}})) ==
        "# a = 2 b = 3 c = 4\n"
        "input v0 \"ab\"  # operand 0, f32, strides [3, 1]\n"
        "input v1 \"bc\"  # operand 1, f32, strides [4, 1]\n"
        "v2 = einsum(\"ab,bc->ac\", v0, v1)\n"
        "output o0 \"ac\" = v2  # strides [4, 1]\n");
}

TEST_CASE("every operation prints as a program writes it") {
  CHECK(printed("input x \"st\"\noutput o = where(iota(\"s\") < iota(\"t\"), exp(x), -infinity)", {{2, 3}}) ==
        "# a = 2 b = 3\n"
        "v0 = iota(\"a\")\n"
        "v1 = iota(\"b\")\n"
        "v2 = v0 < v1\n"
        "input v3 \"ab\"  # operand 0, f64, strides [3, 1]\n"
        "v4 = exp(v3)\n"
        "v5 = -infinity\n"
        "v6 = where(v2, v4, v5)\n"
        "output o0 \"ab\" = v6  # strides [3, 1]\n");
  CHECK(printed("input x \"se\"\noutput o = split(slice(x, \"s\", {1}, \"t\"), \"e\", \"hd\", {{\"h\", 2}})", {{3, 4}}) ==
        "# a = 3 b = 4 c = 2 d = 2 e = 2\n"
        "fix(\"c\", 2)\nfix(\"d\", 2)\nfix(\"e\", 2)\n"
        "input v0 \"ab\"  # operand 0, f64, strides [4, 1]\n"
        "v1 = slice(v0, \"a\", {1, 3}, \"c\")\n"
        "v2 = split(v1, \"b\", \"de\")\n"
        "output o0 \"cde\" = v2  # strides [4, 2, 1]\n");
}

TEST_CASE("what scalar code uses twice gets a line of its own") {
  ir::Expression e = test::bound_of(Program::parse("input x \"a\"\noutput o = exp(x)"), {{2}}).expression;
  e.values[1].code.push_back({ir::Function::multiply, {1, 1}, 0});
  CHECK_THAT(print(e), ContainsSubstring("v1_1 = exp(v0)\nv1 = v1_1 * v1_1\n"));
  CHECK(test::computed(print(e), {{2}}, {{0, 1}})[1] == Approx(7.38905609893065));
}

TEST_CASE("a view with several groups reads back as the same positions") {
  ir::Expression e = test::bound_of(Program::parse("input x \"ab\"\noutput o = merge(x, \"ab\", \"c\")"), {{2, 3}}).expression;
  SECTION("labels change places") {
    e.values[1].groups = {{{0}, {1}}, {{1}, {0}}};
    e.values[1].labels = {1, 0};
    e.extents[0] = e.extents[1] = 2;
    e.values[0].strides = {2, 1};
    e.outputs[0].labels = {1, 0};
    CHECK(test::computed(print(e), {{2, 2}}, {test::counting(4)}) == test::counting(4));
  }
  SECTION("two labels become two others") {
    e.extents.push_back(3), e.extents.push_back(2), e.made_of.resize(5);
    e.values[1].groups = {{{0, 1}, {3, 4}}};
    e.values[1].labels = e.outputs[0].labels = {3, 4};
    CHECK(test::computed(print(e), {{2, 3}}, {test::counting(6)}) == test::counting(6));
  }
  SECTION("a diagonal") {
    e.extents[0] = e.extents[1] = e.extents[2] = 2;
    e.values[1].groups = {{{0}, {2}}, {{1}, {2}}};
    e.values[1].labels = e.outputs[0].labels = {2};
    CHECK(test::computed(print(e), {{2, 2}}, {test::counting(4)}) == std::vector<double>{0, 3});
  }
}

TEST_CASE("a label twice in an operand or an output reads back as a diagonal") {
  CHECK(test::computed(print(test::expression("ii->i", {{2, 2}})), {{2, 2}}, {test::counting(4)}) == std::vector<double>{0, 3});
  CHECK(test::computed(print(test::expression("i->ii", {{2}})), {{2}}, {{5, 6}}) == std::vector<double>{5, 0, 0, 6});
}

TEST_CASE("streams and refusals are comments") {
  ir::Expression e = test::expression("i->i", {{2}});
  ir::Region& stream = e.streams.emplace_back();
  stream.scores = stream.masked = 0;
  stream.maximum = stream.weights = 1;
  stream.sums = {1};
  e.refusals.push_back({1, "the sum is kept"});
  CHECK_THAT(print(e), ContainsSubstring("# stream along a: scores v0, masked v0, maximum v1, weights v1, sums v1"));
  CHECK_THAT(print(e), ContainsSubstring("# no stream for v1: the sum is kept"));
}

TEST_CASE("a broken expression is printed all the same") {
  ir::Expression e = test::expression("ij,jk->ik", {{2, 3}, {3, 4}});
  e.values[2].arguments = {0, 9};
  e.values[2].labels = {0, 40};
  CHECK_THAT(print(e), ContainsSubstring("v2 = einsum"));
  for (const ir::Op op : {ir::Op::constant, ir::Op::iota, ir::Op::view, ir::Op::map, ir::Op::reduce, ir::Op::concat, ir::Op::gather}) {
    e.values[2].op = op;
    for (const auto& arguments : {std::vector<ir::ValueId>{}, {7}, {0, 1}}) {
      e.values[2].arguments = arguments;
      CHECK_FALSE(print(e).empty());
    }
  }
}

TEST_CASE("an expression printed, read, bound and computed gives the same numbers") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    const einc::testing::RandomProgram random = einc::testing::random_program(seed);
    const ir::Expression e = test::bound_of(random.program, random.shapes).expression;
    INFO(print(e));
    std::vector<Shape> shapes;
    std::vector<std::vector<double>> operands;
    for (const ir::Value& value : e.values)
      if (value.op == ir::Op::operand) shapes.push_back(random.shapes[value.operand]), operands.push_back(random.operands[value.operand]);
    const auto expected = einc::testing::interpret(e, random.operands), found = test::computed(Program::parse(print(e)), shapes, operands);
    REQUIRE(expected.size() == found.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(expected[i].size() == found[i].size());
      for (std::size_t j = 0; j < expected[i].size(); ++j) REQUIRE(found[i][j] == Approx(expected[i][j]).margin(1e-12));
    }
  }
}
