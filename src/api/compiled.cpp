// compiled.cpp: the calls of einsum.hpp that are not templates.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "api/compiled_state.hpp"
#include "api/dense_layouts.hpp"
#include "api/kernel_tables.hpp"
#include "api/search_threads.hpp"
#include "api/step_times.hpp"
#include "api/target.hpp"

namespace einc {
void Compiled::run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) const {
  if (state_->run_direct(operands, outs, scale)) return;
  std::vector<ArrayRef> with_constants;
  const std::span<const ArrayRef> all = state_->with_constants(operands, with_constants);
  state_->check_operands(all);
  state_->check_outputs(all, outs, scale);
  state_->run(all, outs, scale);
}
void Compiled::run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale, const std::stop_token& stop) const {
  std::vector<ArrayRef> with_constants;
  const std::span<const ArrayRef> all = state_->with_constants(operands, with_constants);
  state_->check_operands(all);
  state_->check_outputs(all, outs, scale);
  state_->run(all, outs, scale, stop.stop_possible() ? &stop : nullptr);
}
void Compiled::check(std::span<const ArrayRef> operands, DType result) const {
  std::vector<ArrayRef> with_constants;
  state_->check_operands(state_->with_constants(operands, with_constants));
  state_->check_result(result);
}
void Compiled::run_fresh(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const {
  if (state_->run_direct(operands, outs, {})) return;
  std::vector<ArrayRef> with_constants;
  state_->run(state_->with_constants(operands, with_constants), outs, {});
}
void Compiled::merge_task(std::int64_t task, std::span<const std::byte> partial, std::span<const OutputRef> outs, const Scale& scale) const {
  state_->check_outputs({}, outs, scale);
  state_->merge_task(task, partial, outs, scale);
}
Compiled Compiled::with_constants(std::span<const ArrayRef> arrays) const { return Compiled(std::make_shared<const detail::CompiledState>(*state_, arrays)); }
const std::vector<Shape>& Compiled::shapes() const { return state_->compilation().shapes; }
const Shape& Compiled::shape() const {
  if (shapes().size() != 1)
    throw Error(ErrorCode::bad_output, fmt::format("the program has {} outputs: {}", shapes().size(), fmt::join(state_->compilation().output_names, ", ")), {}, {},
                "call `outputs(...)` for all of them, or `run` with an array for each");
  return shapes()[0];
}
DType Compiled::dtype() const { return state_->compilation().dtype; }
const std::vector<DType>& Compiled::operand_dtypes() const { return state_->compilation().operand_dtypes; }
const std::vector<Shape>& Compiled::operand_shapes() const { return state_->compilation().operand_shapes; }
const std::string& Compiled::text() const { return state_->compilation().text; }
const PlanSummary& Compiled::plan() const { return state_->summary; }

std::vector<double> Compiled::measure_steps(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const {
  std::vector<ArrayRef> with_constants;
  const std::span<const ArrayRef> all = state_->with_constants(operands, with_constants);
  state_->check_operands(all);
  state_->check_outputs(all, outs, {});
  std::vector<double> seconds(plan().steps.size(), 0);
  state_->run(all, outs, {}, nullptr, seconds);
  return seconds;
}

std::string Compiled::explain(Format format, std::span<const double> measured) const {
  if (!measured.empty() && measured.size() != plan().steps.size())
    throw Error(ErrorCode::bad_option, fmt::format("there are {} measured times, the plan has {} steps", measured.size(), plan().steps.size()), {}, {},
                "`measure_steps` gives one for every step");
  const std::vector<double> of_a_slice = detail::seconds_of_a_slice(state_->compilation(), measured);
  measured = of_a_slice;
  switch (format) {
    case Format::text: return detail::explain_text(*state_, cache_state(), measured);
    case Format::json: return detail::explain_json(*state_, cache_state(), measured);
    case Format::dot: return detail::explain_dot(*state_, measured);
    case Format::html: return detail::explain_html(*state_, cache_state(), measured);
  }
  throw Error(ErrorCode::bad_option, "no such form of explain()", {}, {}, "text, json, dot and html are offered");
}

Compiled compile(std::string_view text, const std::vector<Shape>& shapes, const Options& options, const PlanProgress& progress) {
  const api::DenseLayouts dense(shapes, options);
  return Compiled(std::make_shared<const detail::CompiledState>(text, dense.layouts, options, nullptr, progress));
}

std::string explain(std::string_view text, const std::vector<Shape>& shapes, const Options& options, Format format) {
  return compile(text, shapes, options).explain(format);
}

std::string print_after(std::string_view pass, std::string_view text, const std::vector<Shape>& shapes, const Options& options) {
  const api::DenseLayouts dense(shapes, options);
  return api::print_passes(pass, {text, dense.layouts}, options);
}

void api::check_counts(std::size_t operands, const Options& options) {
  const auto check = [&](std::string_view name, std::size_t given) {
    if (given == 0 || given == operands) return;
    throw Error(ErrorCode::bad_option, fmt::format("the option `{}` speaks of {} operands, the call of {} shapes", name, given, operands));
  };
  check("dtypes", options.dtypes.size());
  check("conjugate", options.conjugate.size());
}

std::string api::print_passes(std::string_view pass, const compiler::Request& request, const Options& options) {
  const std::vector<std::string> names = pass_names();
  if (pass != "all" && pass != "slice" && std::find(names.begin(), names.end(), pass) == names.end())
    throw Error(ErrorCode::bad_option, fmt::format("no pass is called `{}`", pass), {}, {}, fmt::format("the passes are {}, or all", fmt::join(names, ", ")));
  const int threads = options.threads > 0 ? options.threads : num_threads();
  const ir::Target target = api::make_target(api::choose_table(options.isa), threads, options.calibration);
  const plan::SearchControl control = api::search_control(threads, {});
  compiler::Request searched = request;
  searched.control = &control;
  api::SavedPlan saved;
  std::string printed;
  if (!options.plan.empty()) {
    saved = api::read_plan(options.plan);
    api::check_fits(saved, request.text, request.program != nullptr, request.operands);
    searched.kept = &saved.kept;
  }
  compiler::compile(searched, api::with_plan(options, options.plan.empty() ? nullptr : &saved), target, [&](std::string_view name, const std::string& result) {
    if (pass == name || pass == "all") printed += fmt::format("after {}:\n{}{}", name, result, pass == "all" ? "\n" : "");
  });
  return printed;
}

std::vector<std::string> pass_names() { return compiler::pass_names(); }

}  // namespace einc
