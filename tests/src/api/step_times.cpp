// step_times.cpp: every instruction's time counts for one step of the plan, and steps that another does have none.
#include "api/step_times.hpp"

#include <numeric>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "api/compiled_state.hpp"
#include "api/dense_layouts.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("times of instructions become times of steps, without loss") {
  const std::vector<Shape> shapes = {{20, 30}, {30, 40}, {40, 5}};
  const api::DenseLayouts dense(shapes, {});
  const detail::CompiledState state("ij,jk,kl->il", dense.layouts, {});
  std::vector<double> measured(state.summary.steps.size());
  std::iota(measured.begin(), measured.end(), 1.0);
  const auto times = detail::step_times(state.compilation(), measured);
  REQUIRE(times.size() == state.compilation().plan.steps.size());
  double sum = 0, predicted = 0;
  for (const detail::StepTime& time : times) sum += time.measured, predicted += time.predicted;
  CHECK(sum == std::accumulate(measured.begin(), measured.end(), 0.0));
  CHECK(predicted > 0);
  CHECK(predicted <= state.summary.seconds * 1.000001);
  for (const detail::StepTime& time : detail::step_times(state.compilation(), {})) CHECK(time.measured == 0);
}

TEST_CASE("a run that is timed gives the numbers of any other, and a time for every step") {
  const Compiled compiled = compile("ij,jk,kl->il", {{20, 30}, {30, 40}, {40, 5}});
  Array<float> a(Shape{20, 30}), b(Shape{30, 40}), c(Shape{40, 5}), timed(Shape{20, 5});
  for (auto* array : {&a, &b, &c})
    for (std::size_t i = 0; i < array->size(); ++i) array->data()[i] = static_cast<float>(i % 7) - 3;
  const auto ref = [](Array<float>& array) { return ArrayRef{array.data(), DType::f32, array.extents(), array.strides()}; };
  const ArrayRef operands[] = {ref(a), ref(b), ref(c)};
  const OutputRef out{timed.data(), DType::f32, timed.extents(), timed.strides()};
  const std::vector<double> seconds = compiled.measure_steps(operands, {&out, 1});
  REQUIRE(seconds.size() == compiled.plan().steps.size());
  for (double each : seconds) CHECK(each > 0);
  const auto expected = compiled(a, b, c);
  for (std::size_t i = 0; i < timed.size(); ++i) CHECK(timed.data()[i] == expected.data()[i]);
  for (const Format format : {Format::text, Format::json, Format::dot, Format::html}) {
    CHECK_THAT(compiled.explain(format, seconds), ContainsSubstring("measured"));
    CHECK_THROWS_AS(compiled.explain(format, std::vector<double>(seconds.size() + 1, 1.0)), Error);
  }
  CHECK_THROWS_AS(compiled.measure_steps({operands, 2}, {&out, 1}), Error);
}
