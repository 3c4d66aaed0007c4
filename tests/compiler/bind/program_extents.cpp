#include "bind/program_extents.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of;

namespace {

Extent extent_of(const std::string& label, const std::string& text, const std::vector<Shape>& shapes) {
  const bind::Bound bound = test::bound_of(Program::parse(text), shapes);
  for (std::size_t i = 0; i < bound.names.size(); ++i)
    if (bound.names[i] == label) return bound.expression.extents[i];
  return -1;
}
Error fault(const std::string& text, const std::vector<Shape>& shapes) {
  const Program program = Program::parse(text);
  return error_of([&] { test::bound_of(program, shapes); });
}

}  // namespace

TEST_CASE("extents follow from inputs through every operation, in any direction") {
  CHECK(extent_of("t", "input x \"bs\"\noutput o = einsum(\"bt->bt\", x)", {{2, 3}}) == 3);
  CHECK(extent_of("d", "input x \"e\"\noutput o = split(x, \"e\", \"hd\", {{\"h\", 2}})", {{6}}) == 3);
  CHECK(extent_of("h", "input x \"e\"\ninput w \"d\"\noutput o = split(x, \"e\", \"hd\") * w", {{6}, {3}}) == 2);
  CHECK(extent_of("e", "input x \"hd\"\noutput o = merge(x, \"hd\", \"e\")", {{2, 3}}) == 6);
  CHECK(extent_of("t", "input x \"s\"\noutput o = slice(x, \"s\", {1, -1, 2}, \"t\")", {{8}}) == 3);
  CHECK(extent_of("u", "input x \"s\"\noutput o = concat({{x, \"s\"}, {x, \"s\"}}, \"u\")", {{3}}) == 6);
  // Backwards: what is joined on is what the whole has and the other part has not.
  CHECK(extent_of("t", "input x \"s\"\ninput y \"u\"\noutput o = concat({{x, \"s\"}, {iota(\"t\"), \"t\"}}, \"u\") + y", {{3}, {5}}) == 2);
  CHECK(extent_of("h", "fix(\"h\", 7)\noutput o = iota(\"h\")", {}) == 7);
}

TEST_CASE("extents of zero are extents") {
  CHECK(extent_of("e", "input x \"hd\"\noutput o = merge(x, \"hd\", \"e\")", {{0, 3}}) == 0);
  CHECK(extent_of("d", "input x \"e\"\noutput o = split(x, \"e\", \"hd\", {{\"h\", 2}})", {{0}}) == 0);
  CHECK(fault("input x \"e\"\noutput o = split(x, \"e\", \"hd\", {{\"h\", 0}})", {{0}}).code() == ErrorCode::bad_program);
  CHECK(fault("input x \"e\"\noutput o = split(x, \"e\", \"hd\", {{\"h\", 0}})", {{6}}).code() == ErrorCode::extent_mismatch);
}

TEST_CASE("two inputs that disagree are both named, with their shapes and lines") {
  Program p;
  const int line = __LINE__ + 1;
  const Tensor a = p.input("a", "ij"), b = p.input("b", "jk");
  p.output("o", a + b);
  const Error error = error_of([&] { test::bound_of(p, {{64, 128}, {127, 32}}); });
  CHECK(error.code() == ErrorCode::extent_mismatch);
  const std::string at = ", at program_extents.cpp:" + std::to_string(line);
  CHECK_THAT(error.sentence(), ContainsSubstring("label `j` has two extents: ") && ContainsSubstring("128 in `a`, shape [64, 128]" + at) &&
                                   ContainsSubstring("127 in `b`, shape [127, 32]" + at));
}

TEST_CASE("a label renamed by einsum brings its extent, and says who told it") {
  const Error error = fault("input x \"bs\"\ninput y \"bt\"\noutput o = einsum(\"bs,bs->b\", x, y)", {{2, 3}, {2, 4}});
  CHECK(error.code() == ErrorCode::extent_mismatch);
  CHECK(error.sentence() ==
        "`einsum` at line 3: label `t` is renamed `s`, but they have two extents: 4 in `y`, shape [2, 4], at line 2; 3 in `x`, shape [2, 3], at line 1");
}

TEST_CASE("a split that does not come out even says what it tried") {
  CHECK_THAT(fault("input x \"e\"\noutput o = split(x, \"e\", \"hd\", {{\"h\", 4}})", {{6}}).sentence(),
             ContainsSubstring("6 positions of `e` cannot be split into `h` = 4 and `d`"));
  CHECK_THAT(fault("input x \"e\"\nfix(\"h\", 2)\nfix(\"d\", 2)\noutput o = split(x, \"e\", \"hd\")", {{6}}).sentence(),
             ContainsSubstring("6 positions of `e` cannot be split into `h` = 2 and `d` = 2") && ContainsSubstring("`h` is 2 by `fix` at line 2"));
  CHECK_THAT(fault("input x \"s\"\ninput y \"u\"\noutput o = concat({{x, \"s\"}, {iota(\"t\"), \"t\"}}, \"u\") + y", {{3}, {2}}).sentence(),
             ContainsSubstring("`concat` at line 3: `s` = 3 and `t` do not fit into `u` = 2"));
}

TEST_CASE("a label whose extent nothing tells is refused where it is needed") {
  const Error error = fault("input x \"e\"\noutput o = split(x, \"e\", \"hd\")", {{6}});
  CHECK(error.code() == ErrorCode::bad_program);
  CHECK(error.sentence() == "`split` at line 2: nothing tells the extent of label `h`");
  CHECK(error.hint() == "`fix` gives it, as in fix(\"h\", 4), or `split`, as the last argument");
  CHECK(fault("output o = extent(\"k\")", {}).code() == ErrorCode::bad_program);
  CHECK(fault("input x \"e\"\nunneeded = split(x, \"e\", \"hd\")\noutput o = x", {{6}}).code() == ErrorCode::none);
}

TEST_CASE("operands must be as many as the inputs, and fit their labels") {
  const std::string text = "input x \"bs\"\noutput o = x";
  CHECK(fault(text, {}).sentence() == "the program has 1 input, the call has 0 arrays");
  CHECK(fault(text, {}).code() == ErrorCode::operand_count);
  CHECK(fault(text, {{2}}).sentence() == "`input` at line 1: `x` has labels `bs`, its array has rank 1, shape [2]");
  CHECK(fault(text, {{2, -1}}).code() == ErrorCode::bad_shape);
  CHECK(fault("fix(\"z\", 2)\n" + text, {{2, 2}}).sentence() == "`fix` at line 1: no tensor of the program has a label `z`");
  CHECK(fault("fix(\"s\", 3)\n" + text, {{2, 2}}).code() == ErrorCode::extent_mismatch);
}

TEST_CASE("extents beyond 64 bits are told, not wrapped around") {
  const Extent large = Extent{1} << 40;
  CHECK(fault("input x \"a\"\ninput y \"b\"\noutput o = merge(broadcast(x, \"ab\"), \"ab\", \"c\") + sum(y, \"b\")", {{large}, {large}}).code() == ErrorCode::too_large);
  const Extent most = std::numeric_limits<Extent>::max();
  CHECK(fault("input x \"a\"\noutput o = concat({{x, \"a\"}, {x, \"a\"}}, \"c\")", {{most}}).code() == ErrorCode::too_large);
}

TEST_CASE("positions of a slice are those of Python") {
  ir::Node cut;
  const auto check = [&](Extent begin, Extent end, Extent step, Extent of, Extent first, Extent count) {
    cut.begin = begin, cut.end = end, cut.step = step;
    const bind::CutPositions found = bind::positions_of(cut, of);
    CHECK(found.begin == first);
    CHECK(found.count == count);
  };
  check(0, std::numeric_limits<Extent>::max(), 1, 5, 0, 5);
  check(-2, std::numeric_limits<Extent>::max(), 1, 5, 3, 2);
  check(-9, -1, 2, 5, 0, 2);
  check(4, 2, 1, 5, 4, 0);
  check(9, 12, 1, 5, 5, 0);
  check(0, 5, std::numeric_limits<Extent>::max(), 5, 0, 1);
}

TEST_CASE("a long chain of equations is followed in linear time") {
  std::string text = "input x \"[l0]\"\n";
  std::string value = "x";
  for (int i = 0; i < 5000; ++i) text += "y" + std::to_string(i) + " = rename(" + (i == 0 ? "x" : "y" + std::to_string(i - 1)) + ", \"[l" + std::to_string(i) + "]\", \"[l" + std::to_string(i + 1) + "]\")\n";
  text += "output o = y4999";
  CHECK(extent_of("[l5000]", text, {{3}}) == 3);
}
