// plan_value.cpp: values of a program become steps, contractions that only feed contractions as one.
#include "plan/plan_value.hpp"

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
ir::Target target() {
  ir::Target t;
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  return t;
}
std::vector<ir::StepKind> kinds(std::string_view text, const std::vector<Shape>& shapes) {
  const ir::Plan plan = plan::make_plan(test::after("fuse-labels", test::expression_of(text, shapes)), target(), {.dtype = DType::f64, .stream = Stream::forbid});
  verify(plan);
  std::vector<ir::StepKind> result;
  for (const ir::Step& step : plan.steps) result.push_back(step.kind);
  return result;
}
}  // namespace

TEST_CASE("each operation has its step") {
  using enum ir::StepKind;
  CHECK(kinds("input x \"ij\"\noutput y = exp(x)\n", {{2, 3}}) == std::vector{map});
  CHECK(kinds("input x \"ij\"\noutput y = reduce(max, x, \"j\")\n", {{2, 3}}) == std::vector{map});
  CHECK(kinds("input x \"ij\"\ninput w \"jk\"\noutput y = relu(einsum(\"ij,jk->ik\", x, w))\n", {{2, 3}, {3, 4}}) == std::vector{contract, map});
  CHECK(kinds("input t \"vd\"\ninput i \"s\"\noutput y = gather(t, \"v\", i)\n", {{5, 2}, {3}}) == std::vector{gather});
  CHECK(kinds("input x \"ij\"\noutput y = concat({{x, \"i\"}, {x, \"i\"}}, \"k\")\n", {{2, 3}}) == std::vector{concat});
}

TEST_CASE("einsums of einsums are planned as one network") {
  const auto found = kinds("input a \"ij\"\ninput b \"jk\"\ninput c \"kl\"\noutput y = einsum(\"ij,jl->il\", a, einsum(\"jk,kl->jl\", b, c))\n", {{2, 30}, {30, 30}, {30, 30}});
  CHECK(found == std::vector{ir::StepKind::contract, ir::StepKind::contract});
}

TEST_CASE("an output that others read is copied out") {
  using enum ir::StepKind;
  CHECK(kinds("input x \"ij\"\ny = exp(x)\noutput y = y\noutput z = sum(y, \"j\")\n", {{2, 3}}) == std::vector{map, reduce, permute});
}
