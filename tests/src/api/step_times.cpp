// step_times.cpp: every instruction's time counts for one step of the plan, and steps that another does have none.
#include "api/step_times.hpp"

#include <algorithm>
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

TEST_CASE("steps of a plan in slices are timed in all of them, and shown of one") {
  for (const int threads : {1, 3})
    for (const std::int64_t slices : {0, 12}) {
      Options options;
      options.threads = threads, options.slices = slices;
      if (slices == 0) options.memory_limit = compile("ij,jk,kl->il", {{20, 30}, {30, 40}, {40, 5}}, {.threads = 1}).plan().run_bytes / 3;
      const Compiled compiled = compile("ij,jk,kl->il", {{20, 30}, {30, 40}, {40, 5}}, options);
      REQUIRE(compiled.plan().slices > 1);
      Array<float> a(Shape{20, 30}), b(Shape{30, 40}), c(Shape{40, 5}), timed(Shape{20, 5}), out(Shape{20, 5});
      for (auto* array : {&a, &b, &c})
        for (std::size_t i = 0; i < array->size(); ++i) array->data()[i] = static_cast<float>(i % 7) / 3;
      const auto ref = [](Array<float>& array) { return ArrayRef{array.data(), DType::f32, array.extents(), array.strides()}; };
      const ArrayRef operands[] = {ref(a), ref(b), ref(c)};
      const OutputRef into{timed.data(), DType::f32, timed.extents(), timed.strides()};
      const std::vector<double> seconds = compiled.measure_steps(operands, {&into, 1});
      REQUIRE(seconds.size() == compiled.plan().steps.size());
      for (const double each : seconds) CHECK(each > 0);
      compiled.run(operands, {out.data(), DType::f32, out.extents(), out.strides()});
      CHECK(std::equal(out.data(), out.data() + out.size(), timed.data()));
      for (const Format format : {Format::text, Format::json, Format::dot, Format::html}) CHECK_THAT(compiled.explain(format, seconds), ContainsSubstring("measured"));
    }
}

TEST_CASE("seconds of all slices, of one, and of the run are of each other") {
  const std::vector<Shape> shapes = {{20, 30}, {30, 40}, {40, 5}};
  Options options;
  options.slices = 12, options.threads = 1;
  const api::DenseLayouts dense(shapes, options);
  const detail::CompiledState state("ij,jk,kl->il", dense.layouts, options);
  const std::vector<double> all(state.summary.steps.size(), 24.0), each = detail::seconds_of_a_slice(state.compilation(), all);
  const ir::Slicing& slicing = state.compilation().executable.slicing;
  for (std::size_t i = 0; i < each.size(); ++i) CHECK(each[i] == (i < slicing.once ? 24.0 : 24.0 / static_cast<double>(slicing.slices())));
  CHECK(detail::seconds_of_run(state.compilation(), 1, each) == 24.0 * static_cast<double>(all.size()));
}
