// attach_epilogue.cpp: which maps follow a contraction block by block, and which stay instructions of their own.
#include "lower/attach_epilogue.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
lower::Lowered lowered(std::string_view text, const std::vector<Shape>& shapes) {
  ir::Target t;
  t.tiles = {{DType::f64, 6, 8}};
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, shapes));
  lower::Lowered result = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64}), t);
  verify(result.executable);
  return result;
}
const std::vector<Shape> shapes = {{200, 300}, {300, 100}, {100}};
const std::string head = "input x \"bi\"\ninput w \"ij\"\ninput b \"j\"\nt = einsum(\"bi,ij->bj\", x, w)\n";
}  // namespace

TEST_CASE("a bias and a function behind a contraction are one instruction with it") {
  const lower::Lowered one = lowered(head + "output y = relu(t + b)\n", shapes);
  REQUIRE(one.executable.code.size() == 1);
  CHECK(one.executable.code[0].kernel == ir::Kernel::contract);
  REQUIRE(one.executable.code[0].epilogue >= 0);
  const ir::Map& map = one.executable.maps[static_cast<std::size_t>(one.executable.code[0].epilogue)];
  CHECK(map.inputs[0].array == one.executable.code[0].c);
  CHECK(map.inputs.size() == 2);
}

TEST_CASE("a contraction that others read too, or that is small, keeps its map apart") {
  CHECK(lowered(head + "output y = relu(t + b)\noutput t = t\n", shapes).executable.code[0].epilogue == -1);
  CHECK(lowered(head + "output y = relu(t + b)\n", {{2, 3}, {3, 4}, {4}}).executable.code[0].epilogue == -1);
}

TEST_CASE("a small matrix meets rows piece by piece where a cache holds the results, and has its map in the same pass where none does") {
  const auto applied = [](Extent rows) { return lowered(head + "output y = relu(t + b)\n", {{rows, 8}, {8, 8}, {8}}).executable; };
  const ir::Executable near = applied(1024), far = applied(1 << 18);
  REQUIRE(near.code.size() == 2);
  CHECK(near.code[0].kernel == ir::Kernel::small);
  REQUIRE(far.code.size() == 1);
  CHECK(far.code[0].epilogue >= 0);
}

TEST_CASE("a map that a sum brings down goes into the sum instead") {
  const lower::Lowered sum = lowered(head + "output y = sum(relu(t + b), \"j\")\n", shapes);
  CHECK(sum.executable.code[0].epilogue == -1);
  CHECK(sum.executable.code.size() == 2);
}

TEST_CASE("what the map reads must be there before the contraction") {
  for (const ir::Instruction& instruction : lowered(head + "output y = t * exp(sum(t * t, \"b\"))\n", shapes).executable.code) CHECK(instruction.epilogue == -1);
}
