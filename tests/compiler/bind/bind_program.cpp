#include "bind/bind_program.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using ir::Op;

namespace {

ir::Expression bound(const std::string& text, const std::vector<Shape>& shapes) {
  ir::Expression e = test::bound_of(Program::parse(text), shapes).expression;
  verify(e);
  return e;
}
std::size_t count(const ir::Expression& e, Op op) {
  return static_cast<std::size_t>(std::count_if(e.values.begin(), e.values.end(), [&](const ir::Value& value) { return value.op == op; }));
}

}  // namespace

TEST_CASE("an einsum of inputs alone binds as the einsum does") {
  const ir::Expression e = bound("input a \"ij\"\ninput b \"jk\"\noutput o = einsum(\"xy,yz->xz\", a, b)", {{2, 3}, {3, 4}});
  REQUIRE(e.values.size() == 3);
  CHECK(e.values[0].strides == Strides{3, 1});
  CHECK(e.values[0].labels == ir::Term{e.values[2].labels[0], e.values[1].labels[0]});
  CHECK(e.values[2].op == Op::contract);
  CHECK(e.outputs[0].strides == Strides{4, 1});
}

TEST_CASE("an input is one operand under each set of names it is read by") {
  const ir::Expression same = bound("input x \"ij\"\noutput o = einsum(\"ij,ij->\", x, x) * sum(x, \"ij\")", {{2, 2}});
  CHECK(count(same, Op::operand) == 1);
  const ir::Expression other = bound("input x \"ij\"\noutput o = einsum(\"ij,kj->ik\", x, x)", {{2, 3}});
  REQUIRE(count(other, Op::operand) == 2);
  CHECK(other.values[1].operand == 0);
  CHECK(count(other, Op::view) == 0);
}

TEST_CASE("values that are not inputs are renamed by views") {
  const ir::Expression e = bound("input x \"ij\"\ny = exp(x)\noutput o = einsum(\"ij,kj->ik\", y, y)", {{2, 3}});
  REQUIRE(count(e, Op::view) == 1);
  CHECK(e.values[2].groups.size() == 1);
}

TEST_CASE("another order of labels is no value, another name of an input neither") {
  CHECK(bound("input x \"ij\"\noutput o = exp(permute(x, \"ji\"))", {{2, 3}}).values.size() == 2);
  CHECK(bound("input x \"ij\"\noutput o = exp(rename(x, \"i\", \"k\"))", {{2, 3}}).values.size() == 2);
  CHECK(bound("input x \"ij\"\noutput o = exp(einsum(\"ij->ji\", x))", {{2, 3}}).values.size() == 2);
  CHECK(bound("input x \"ij\"\noutput o \"ji\" = exp(x)", {{2, 3}}).outputs[0].labels == ir::Term{1, 0});
}

TEST_CASE("an input handed through is a copy") {
  const ir::Expression e = bound("input x \"ij\"\noutput o \"ji\" = x", {{2, 3}});
  REQUIRE(e.values.size() == 2);
  CHECK(e.values[1].op == Op::contract);
  CHECK(e.values[1].arguments == std::vector<ir::ValueId>{0});
}

TEST_CASE("every function is a map of its own, numbers are constants shared by all") {
  const ir::Expression e = bound("input x \"i\"\noutput o = (x + 2) * 2 > 2", {{3}});
  CHECK(count(e, Op::constant) == 1);
  CHECK(count(e, Op::map) == 3);
  const ir::Value& last = e.values.back();
  REQUIRE(last.code.size() == 3);
  CHECK(last.code[2].function == ir::Function::less);
  CHECK(e.values[last.arguments[0]].op == Op::constant);
}

TEST_CASE("extents are constants and a mean divides by them") {
  const ir::Expression e = bound("input x \"ij\"\noutput o = mean(x, \"j\") + extent(\"i\")", {{2, 3}});
  std::vector<double> numbers;
  for (const ir::Value& value : e.values)
    if (value.op == Op::constant) numbers.push_back(value.number);
  CHECK(numbers == std::vector<double>{3, 2});
}

TEST_CASE("slices are views that skip, splits and merges views of groups") {
  const ir::Expression cut = bound("input x \"s\"\noutput o = slice(x, \"s\", {-5, -1, 2}, \"t\")", {{6}});
  REQUIRE(cut.values[1].op == Op::view);
  CHECK(cut.values[1].groups[0].begin == 1);
  CHECK(cut.values[1].groups[0].step == 2);
  const ir::Expression merged = bound("input x \"hd\"\noutput o = merge(x, \"hd\", \"e\")", {{2, 3}});
  CHECK(merged.values[1].groups == std::vector<ir::ViewGroup>{{{0, 1}, {2}}});
}

TEST_CASE("concat and gather name the labels they work along") {
  const ir::Expression joined = bound("input x \"s\"\ninput y \"t\"\noutput o = concat({{x, \"s\"}, {y, \"t\"}}, \"u\")", {{2}, {3}});
  CHECK(joined.values[2].parts == std::vector<Label>{0, 1});
  CHECK(joined.values[2].joined == 2);
  const ir::Expression gathered = bound("input x \"vd\"\ninput i \"v\"\noutput o = gather(x, \"v\", i)", {{2, 3}, {2}});
  REQUIRE(gathered.values.back().op == Op::gather);
  CHECK(gathered.values.back().parts[0] != gathered.values.back().labels[0]);  // the table's label has got a name of its own
  CHECK(gathered.extents.size() == 3);
}

TEST_CASE("what no output needs is left out, and unused inputs are named") {
  const bind::Bound b = test::bound_of(Program::parse("input x \"i\"\ninput y \"i\"\nunneeded = exp(y)\noutput o = -x"), {{2}, {2}});
  CHECK(b.expression.values.size() == 2);
  CHECK(b.unused == std::vector<std::string>{"y"});
  CHECK(b.input_names == std::vector<std::string>{"x", "y"});
  CHECK(b.output_names == std::vector<std::string>{"o"});
  CHECK(b.names == std::vector<std::string>{"i"});
}

TEST_CASE("outputs are dense and row-major unless strides are given") {
  const Program p = Program::parse("input x \"ij\"\noutput o \"ji\" = -x\noutput s = sum(x, \"ij\")");
  CHECK(test::bound_of(p, {{2, 3}}).shapes == std::vector<Shape>{{3, 2}, {}});
  const Shape shape{2, 3};
  const Strides strides{3, 1};
  const bind::Layout layout{shape, strides};
  const std::vector<Strides> given{{1, 4}, {}};
  CHECK(bind::bind_program(*ProgramAccess::program(p), {&layout, 1}, {}, given).expression.outputs[0].strides == Strides{1, 4});
}

TEST_CASE("operands keep the strides they come with") {
  const Program p = Program::parse("input x \"ij\"\noutput o = einsum(\"ab->b\", x)");
  const Shape shape{2, 3};
  const Strides strides{-7, 0};
  const bind::Layout layout{shape, strides};
  CHECK(bind::bind_program(*ProgramAccess::program(p), {&layout, 1}, {}).expression.values[0].strides == strides);
}

TEST_CASE("every value but operands has the type that is computed with") {
  const Program p = Program::parse("input x \"i\"\noutput o = exp(x) * 2");
  for (const ir::Value& value : test::bound_of(p, {{2}}, {.dtype = DType::f32}).expression.values) CHECK(value.dtype == DType::f32);
  const bind::Bound halves = test::bound_of(p, {{2}}, {.dtype = DType::bf16});
  CHECK(halves.dtype == DType::bf16);
  CHECK(halves.expression.outputs[0].dtype == DType::bf16);
  for (const ir::Value& value : halves.expression.values) CHECK(value.dtype == (value.op == ir::Op::operand ? DType::bf16 : DType::f32));
  const Error refused = test::error_of([&] { test::bound_of(p, {{2}}, {.dtype = DType::i16}); });
  CHECK(refused.code() == ErrorCode::unsupported_dtype);
  CHECK(refused.sentence() == "input 0, `x`, is i16: programs take f32, f64, bf16 and f16");
  CHECK(test::error_of([&] { test::bound_of(p, {{2}}, {.broadcast = Broadcast::numpy}); }).code() == ErrorCode::bad_option);
}

TEST_CASE("a program without outputs is refused") {
  CHECK(test::error_of([&] { test::bound_of(Program::parse("input x \"i\""), {{2}}); }).sentence() == "the program has no output");
}

TEST_CASE("no value may have more bytes than 64 bits count") {
  const Extent large = Extent{1} << 40;
  const Error error = test::error_of([&] { bound("input x \"i\"\ninput y \"j\"\noutput o = sum(x + y, \"ij\")", {{large}, {large}}); });
  CHECK(error.code() == ErrorCode::too_large);
  CHECK_THAT(error.sentence(), ContainsSubstring("`+` at line 3: a result with labels `ij`, shape [1099511627776, 1099511627776]"));
  CHECK(test::error_of([&] { bound("input x \"ij\"\noutput o = x", {{large, large}}); }).code() == ErrorCode::too_large);
}
