// fuse_reduction.cpp: which maps are computed inside the sum or extreme that reads them, and that the numbers stay.
#include "lower/fuse_reduction.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
std::vector<ir::Kernel> kernels(std::string_view text, const std::vector<Shape>& shapes) {
  ir::Target t;
  t.tiles = {{DType::f64, 6, 8}};
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, shapes));
  const lower::Lowered lowered = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64}), t);
  verify(lowered.executable);
  CHECK(lowered.notes.size() == lowered.executable.code.size());
  std::vector<ir::Kernel> result;
  for (const ir::Instruction& instruction : lowered.executable.code) result.push_back(instruction.kernel);
  return result;
}
}  // namespace

TEST_CASE("a map that only a sum or an extreme reads is part of it") {
  using enum ir::Kernel;
  CHECK(kernels("input x \"ij\"\noutput y = sum(exp(x), \"j\")\n", {{20, 30}}) == std::vector{map});
  CHECK(kernels("input x \"ij\"\noutput y = reduce(min, x * x, \"i\")\n", {{20, 30}}) == std::vector{map});
  CHECK(kernels("input x \"ij\"\noutput y = mean(tanh(x), \"ij\")\n", {{20, 30}}) == std::vector{map});
}

TEST_CASE("a map that others read too is written") {
  using enum ir::Kernel;
  CHECK(kernels("input x \"ij\"\ny = exp(x)\noutput y = y\noutput z = sum(y, \"j\")\n", {{20, 30}}) == std::vector{map, reduce, permute});
  CHECK(kernels("input x \"ij\"\noutput z = reduce(max, x, \"j\")\n", {{20, 30}}) == std::vector{map});
}

TEST_CASE("a sum of a map over nothing is zero") {
  CHECK(kernels("input x \"ij\"\noutput y = sum(exp(x), \"j\")\n", {{20, 0}}) == std::vector{ir::Kernel::fill});
}
