// fuse_maps.cpp: maps that one other map reads become part of it.
#include "fuse/fuse.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
std::size_t maps(std::string_view text, const std::vector<Shape>& shapes) {
  const ir::Expression e = test::after("fuse-maps", test::expression_of(text, shapes));
  return static_cast<std::size_t>(std::count_if(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::map; }));
}
}  // namespace

TEST_CASE("a chain of functions is one map") { CHECK(maps("input x \"ij\"\noutput y = tanh(exp(x * 2) + 1) / 3\n", {{2, 3}}) == 1); }

TEST_CASE("a map that two others read is computed once and kept") {
  CHECK(maps("input x \"ij\"\nt = exp(x)\noutput y = t + 1\noutput z = t * t\n", {{2, 3}}) == 3);
}

TEST_CASE("what is cheap and reads one array is done again by every map, and never written") {
  // x - mean(x), for the variance and for the result: three passes over x and none over the difference.
  const std::string text = "input x \"ij\"\ny = tanh(x)\noutput z = layer_norm(y, \"j\")\n";
  const ir::Expression e = test::after("fuse-maps", test::expression_of(text, {{20, 30}}));
  std::size_t large = 0;
  for (const ir::Value& value : e.values) large += value.op == ir::Op::map && value.labels.size() == 2;
  CHECK(large == 3);  // tanh, the squares that are summed, the result
  CHECK(test::distance(testing::interpret(e, test::some_operands({{20, 30}})), testing::interpret(test::expression_of(text, {{20, 30}}), test::some_operands({{20, 30}}))) < 1e-13);
  // Two whole arrays, or a reader that is no map: written once.
  CHECK(maps("input x \"ij\"\ninput y \"ij\"\nt = tanh(x) + tanh(y * 2)\nd = t - y\noutput a = exp(d)\noutput b = tanh(d)\n", {{2, 3}, {2, 3}}) == 3);
  CHECK(maps("input x \"ij\"\ninput w \"jk\"\ny = tanh(x)\nd = y - mean(y, \"j\")\noutput a = exp(d)\noutput b = einsum(\"ij,jk->ik\", d, w)\n", {{2, 3}, {3, 4}}) == 3);
}

TEST_CASE("an exponential is not done again along a label it lacks, a comparison is") {
  CHECK(maps("input x \"i\"\ninput y \"ij\"\noutput z = exp(x) * y\n", {{2}, {2, 3}}) == 2);
  CHECK(maps("input x \"i\"\ninput y \"ij\"\noutput z = where(x < 1, y, 0)\n", {{2}, {2, 3}}) == 1);
}

TEST_CASE("a softmax that streams divides once a row, in a larger map as well") {
  for (const std::string_view gate : {"", " * sigmoid(g)", " * 2 + g"}) {
    std::string text = "input q \"qd\"\ninput k \"kd\"\ninput v \"kc\"\ninput g \"qc\"\ns = einsum(\"qd,kd->qk\", q, k)\noutput o = einsum(\"qk,kc->qc\", softmax(s, \"k\"), v)";
    text += gate;
    const ir::Expression e = test::after("fuse-maps", test::expression_of(text + "\n", {{4, 5}, {6, 5}, {6, 3}, {4, 3}}));
    REQUIRE(e.streams.size() == 1);
    std::size_t once = 0, for_every_element = 0;
    for (ir::ValueId id : e.streams[0].finish) {
      const ir::Value& value = e.values[id];
      const bool divides = std::any_of(value.code.begin(), value.code.end(), [](const ir::ScalarOp& op) { return op.function == ir::Function::divide; });
      if (divides) ++(value.labels.size() == 1 ? once : for_every_element);
    }
    CHECK(once == 1);
    CHECK(for_every_element == 0);
  }
}

TEST_CASE("a mask made of positions reads nothing") {
  const ir::Expression e = test::after("fuse-maps", test::expression_of("input x \"ij\"\noutput z = where(iota(\"j\") <= iota(\"i\"), x, 0)\n", {{2, 3}}));
  const ir::Value& z = e.values[e.outputs[0].value];
  CHECK(z.arguments.size() == 3);
  CHECK(std::count_if(z.arguments.begin(), z.arguments.end(), [&](ir::ValueId id) { return e.values[id].op == ir::Op::iota; }) == 2);
}

TEST_CASE("very long chains stay several maps, so that code has a bound") {
  std::string text = "input x \"i\"\ny = x\n";
  for (int i = 0; i < 300; ++i) text += "y = tanh(y + x)\n";
  text += "output z = y\n";
  const ir::Expression e = test::after("fuse-maps", test::expression_of(text, {{3}}));
  for (const ir::Value& value : e.values) CHECK(value.code.size() <= 96);
  CHECK(test::distance(testing::interpret(e, test::some_operands({{3}})), testing::interpret(test::expression_of(text, {{3}}), test::some_operands({{3}}))) < 1e-12);
}

TEST_CASE("what constants make is not made part of what varies: it is there before any call") {
  const auto maps_with_constant = [](std::uint32_t operand) {
    ir::Expression e = test::expression_of("input x \"ij\"\ninput w \"ij\"\noutput y = x + tanh(exp(w))\n", {{2, 3}, {2, 3}});
    for (ir::Value& value : e.values) value.constant = value.op == ir::Op::operand && value.operand == operand;
    e = test::after("fuse-maps", std::move(e));
    return std::count_if(e.values.begin(), e.values.end(), [](const ir::Value& value) { return value.op == ir::Op::map; });
  };
  CHECK(maps_with_constant(1) == 2);
  CHECK(maps_with_constant(0) == 1);
}
