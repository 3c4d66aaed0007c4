// task_run.cpp: a sliced expression task by task, for those who hand tasks out themselves.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <einc/einsum.hpp>

#include "api/compiled_state.hpp"
#include "api/dense_layouts.hpp"
#include "runtime/slices.hpp"

namespace einc {
namespace detail {
namespace {

bool same_layout(std::span<const Stride> x, std::span<const Stride> y, std::span<const Extent> extents) {
  for (std::size_t i = 0; i < extents.size(); ++i)
    if (x[i] != y[i] && extents[i] > 1) return false;
  return true;
}

[[noreturn]] void throw_strides(const std::string& text, std::string_view what) {
  throw Error(ErrorCode::bad_option, fmt::format("{} has other strides, or another conjugation, than the expression was compiled for, and its tasks with it", what), text, {},
              "copy it into row-major order: everybody who computes tasks of one run must cut it alike");
}

void check_bytes(const std::string& text, std::size_t given, std::int64_t count, std::int64_t each, const std::byte* data, DType dtype) {
  if (given != static_cast<std::size_t>(count * each))
    throw Error(ErrorCode::bad_option, fmt::format("{} partial{} of {} bytes, and memory of {} bytes for {}", count, count == 1 ? "" : "s", each, given, count == 1 ? "it" : "them"), text);
  if (reinterpret_cast<std::uintptr_t>(data) % std::min<std::size_t>(bytes_of(dtype), 8) != 0)
    throw Error(ErrorCode::bad_option, fmt::format("a partial at an address where no {} may begin", name_of(dtype)), text);
}

}  // namespace

const compiler::Compilation& CompiledState::in_tasks() const {
  if (!first.compilation.executable.slicing.has_partials() || options.slices == 0)
    throw Error(ErrorCode::bad_option, "the expression was not compiled in slices, so it has no tasks", first.compilation.text, {}, "compile it with the option `slices`");
  return first.compilation;
}

void CompiledState::check_usual_strides(std::span<const ArrayRef> operands) const {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!same_layout(operands[i].strides, first.operand_strides[i], operands[i].extents) || api::is_conjugated(options, i, operands[i].conjugated) != first.conjugated[i]) throw_strides(compilation().text, fmt::format("operand {}", i));
}

void CompiledState::check_usual_strides(std::span<const OutputRef> outs) const {
  for (std::size_t i = 0; i < outs.size(); ++i)
    if (!same_layout(outs[i].strides, first.result_strides[i], outs[i].extents)) throw_strides(compilation().text, outs.size() == 1 ? "the output" : fmt::format("output {}", i));
}

void CompiledState::merge_task(std::int64_t task, std::span<const std::byte> partial, std::span<const OutputRef> outs, const Scale& scale) const {
  const compiler::Compilation& compiled = in_tasks();
  const ir::Executable& executable = compiled.executable;
  check_usual_strides(outs);
  if (task < 0 || task >= executable.slicing.tasks())
    throw Error(ErrorCode::bad_option, fmt::format("task {} of {}", task, executable.slicing.tasks()), compiled.text, {}, "tasks are numbered from 0");
  check_bytes(compiled.text, partial.size(), 1, executable.slicing.partial_bytes, partial.data(), compiled.plan.dtype);
  const ir::Crew alone{1, 1};
  const api::Workspace workspace(pool_, static_cast<std::size_t>(ir::bytes_of_run(executable, alone)));
  std::vector<void*> results;
  for (const OutputRef& out : outs) results.push_back(out.data);
  const std::vector<const void*> operands(executable.operand_count, nullptr);
  runtime::merge_task({executable, compiled.combine, table, operands, results, scale.alpha, scale.beta, workspace.data(), alone}, task, partial.data());
}

}  // namespace detail

struct TaskRun::State {
  std::shared_ptr<const detail::CompiledState> compiled;
  std::vector<const void*> operands;
  ir::Crew crew;
  api::Block memory;

  runtime::SlicedCall call(const std::stop_token* stop) const {
    const compiler::Compilation& made = compiled->compilation();
    return {made.executable, made.combine, compiled->table, operands, {}, 1, 0, memory.memory.get(), crew, stop, compiled->first.beforehand.memory.get()};
  }
};

TaskRun::TaskRun(std::unique_ptr<State> state) : state_(std::move(state)) {}
TaskRun::TaskRun(TaskRun&&) noexcept = default;
TaskRun& TaskRun::operator=(TaskRun&&) noexcept = default;
TaskRun::~TaskRun() = default;

void TaskRun::run(std::int64_t first, std::int64_t count, std::span<std::byte> partials, const std::stop_token& stop) {
  const compiler::Compilation& made = state_->compiled->compilation();
  const ir::Slicing& slicing = made.executable.slicing;
  if (first < 0 || count < 0 || first > slicing.tasks() || count > slicing.tasks() - first)
    throw Error(ErrorCode::bad_option, fmt::format("{} tasks from task {} on, of {}", count, first, slicing.tasks()), made.text, {}, "tasks are numbered from 0");
  detail::check_bytes(made.text, partials.size(), count, slicing.partial_bytes, partials.data(), made.plan.dtype);
  const std::stop_token* const token = stop.stop_possible() ? &stop : nullptr;
  if (!stop.stop_requested()) runtime::run_tasks(state_->call(token), first, count, partials.data());
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "the run was asked to stop before its end", made.text);
}

Slicing Compiled::slicing() const {
  const compiler::Compilation& made = state_->compilation();
  const ir::Slicing& slicing = made.executable.slicing;
  Slicing result{slicing.slices(), slicing.tasks(), 0, made.plan.dtype, 0, 0};
  if (slicing.has_partials() && state_->options.slices > 0) result.partial_bytes = static_cast<std::size_t>(slicing.partial_bytes);
  double each = 0;
  for (std::size_t i = made.executable.beforehand; i < made.executable.code.size(); ++i) (i < slicing.once ? result.once_seconds : each) += made.predicted.instructions[i].seconds;
  result.task_seconds = each * static_cast<double>(slicing.slices_per_task);
  return result;
}

TaskRun Compiled::tasks(std::span<const ArrayRef> operands) const {
  const compiler::Compilation& made = state_->in_tasks();
  std::vector<ArrayRef> with_constants;
  const std::span<const ArrayRef> all = state_->with_constants(operands, with_constants);
  state_->check_operands(all);
  state_->check_usual_strides(all);
  auto state = std::make_unique<TaskRun::State>();
  state->compiled = state_;
  for (const ArrayRef& operand : all) state->operands.push_back(operand.data);
  state->crew = state_->crew(made.executable);
  state->memory = api::allocate(static_cast<std::size_t>(ir::bytes_of_run(made.executable, state->crew)));
  runtime::run_once(state->call(nullptr));
  return TaskRun(std::move(state));
}

}  // namespace einc
