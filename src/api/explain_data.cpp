// explain_data.cpp: the plan as data: JSON for programs, DOT for graphviz.
// SPDX-License-Identifier: BSD-3-Clause
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/compiled_state.hpp"
#include "api/describe.hpp"
#include "api/step_times.hpp"

namespace einc::detail {
namespace {

using Json = nlohmann::ordered_json;

Json loops_of(const ir::Instruction& instruction) {
  Json loops = Json::array();
  for (const ir::Loop& loop : instruction.loops)
    loops.push_back({{"role", name_of(loop.role)}, {"extent", loop.extent}, {"strides", {loop.a, loop.b, loop.c}}});
  return loops;
}

Json step_of(const CompiledState& state, std::size_t number, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const ir::Instruction& instruction = compilation.executable.code[number];
  const StepSummary& summary = state.summary.steps[number];
  Json step{{"kernel", summary.kernel}, {"reason", summary.reason}, {"element_by_element", compilation.notes[number].elementwise}};
  if (compilation.notes[number].step != lower::Note::no_step) {
    step["subscripts"] = summary.text;
    step["flops"] = summary.flops;
    step["bytes"] = summary.bytes;
    step["predicted_seconds"] = summary.seconds;
    step["chosen"] = compilation.plan.steps[compilation.notes[number].step].reason;
  }
  const predict::Prediction& predicted = compilation.predicted.instructions[number];
  step["predicted"] = {{"seconds", predicted.seconds}, {"threads", predicted.threads}, {"start", predicted.start}, {"arithmetic", predicted.arithmetic},
                       {"packing", predicted.packing}, {"memory", predicted.memory}};
  if (number < state.summary.beforehand_steps) step["beforehand"] = true;
  if (!measured.empty()) step["measured_seconds"] = measured[number];
  step["loops"] = loops_of(instruction);
  if (instruction.kernel == ir::Kernel::contract) {
    const ir::Tiling& tiling = instruction.tiling;
    step["tile"] = {{"rows", tiling.rows}, {"columns", tiling.columns}, {"m_block", tiling.m_block}, {"n_block", tiling.n_block}, {"k_block", tiling.k_block}};
  }
  if (instruction.kernel == ir::Kernel::interleaved) {
    const ir::Tiling& tiling = instruction.tiling;
    step["tile"] = {{"rows", tiling.rows}, {"columns", tiling.columns}, {"batches", tiling.run}, {"n_block", tiling.n_block}, {"k_block", tiling.k_block}};
  }
  if (instruction.kernel == ir::Kernel::small) step["tile"] = {{"rows", instruction.tiling.rows}, {"columns", instruction.tiling.columns}};
  return step;
}

std::string escaped_for_dot(std::string_view text) {
  std::string result;
  for (const char c : text) (c == '"' || c == '\\' ? result += '\\' : result) += c;
  return result;
}

}  // namespace

std::string explain_json(const CompiledState& state, const CacheState& cache, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const PlanSummary& summary = state.summary;
  std::vector<std::string_view> dtypes;
  for (DType dtype : compilation.operand_dtypes) dtypes.push_back(name_of(dtype));
  Json json{{"subscripts", compilation.text}, {"dtype", name_of(compilation.dtype)}, {"operand_dtypes", dtypes}, {"conjugated", compilation.conjugated},
            {"semiring", name_of(state.options.semiring.algebra)}, {"operands", compilation.operand_shapes}, {"result", compilation.shapes[0]}};
  if (compilation.is_program)
    json = {{"program", compilation.text}, {"dtype", name_of(compilation.dtype)}, {"inputs", compilation.input_names}, {"operand_dtypes", dtypes}, {"operands", compilation.operand_shapes},
            {"outputs", compilation.output_names}, {"results", compilation.shapes}, {"unused", compilation.unused}};
  json["target"] = {{"isa", summary.isa}, {"threads", summary.threads}, {"speeds", summary.speeds}};
  json["order"] = summary.method;
  json["steps"] = Json::array();
  for (std::size_t i = 0; i < summary.steps.size(); ++i) json["steps"].push_back(step_of(state, i, measured));
  json["totals"] = {{"flops", summary.flops},
                    {"naive_flops", summary.naive_flops},
                    {"bytes", summary.bytes},
                    {"predicted_seconds", summary.seconds},
                    {"largest_intermediate_bytes", summary.largest_intermediate_bytes},
                    {"arena_bytes", summary.arena_bytes},
                    {"scratch_bytes_per_thread", summary.scratch_bytes},
                    {"run_bytes", summary.run_bytes},
                    {"memory_limit", summary.memory_limit}};
  if (!measured.empty()) json["totals"]["measured_seconds"] = seconds_of_run(compilation, summary.workers, measured);
  if (!summary.constants.empty())
    json["constants"] = {{"operands", summary.constants},           {"beforehand_steps", summary.beforehand_steps}, {"beforehand_flops", summary.beforehand_flops},
                         {"beforehand_seconds", summary.beforehand_seconds}, {"beforehand_bytes", summary.beforehand_bytes}};
  if (!summary.sliced.empty()) {
    Json labels = Json::array();
    for (const SlicedLabel& label : summary.sliced) labels.push_back({{"label", label.label}, {"parts", label.parts}, {"summed", label.summed}});
    json["slices"] = {{"labels", std::move(labels)},      {"slices", summary.slices},         {"tasks", summary.tasks},
                      {"flops_overhead", summary.slicing_overhead}, {"once_bytes", summary.once_bytes}, {"partial_bytes", summary.partial_bytes},
                      {"workers", summary.workers}};
  }
  json["cache"] = {{"entries", cache.entries}, {"capacity", cache.capacity}, {"hits", cache.hits}, {"misses", cache.misses}};
  Json passes = Json::array();
  for (const compiler::PassTime& time : compilation.times) passes.push_back({{"name", time.name}, {"seconds", time.seconds}});
  json["passes"] = std::move(passes);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string explain_dot(const CompiledState& state, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const ir::Plan& plan = compilation.plan;
  const Describe describe(compilation);
  const std::vector<StepTime> times = step_times(compilation, measured);
  std::string text = "digraph einsum {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < plan.leaves.size(); ++i)
    text += fmt::format("  v{} [label=\"{}\\n{}\", style=rounded];\n", i, escaped_for_dot(describe.value(static_cast<ir::PlanValue>(i))), escaped_for_dot(describe.term(plan.leaves[i].labels)));
  std::vector<std::size_t> shown_as(plan.leaves.size());  // the box of each value
  std::iota(shown_as.begin(), shown_as.end(), std::size_t{0});
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const ir::Step& step = plan.steps[i];
    const std::size_t id = plan.leaves.size() + i;
    shown_as.push_back(id);
    if (step.kind == ir::StepKind::part || step.kind == ir::StepKind::rename) {  // one result of a stream, or the same value: not a box of its own
      shown_as[id] = shown_as[ir::reads(step)[0]];
      continue;
    }
    const std::string took = times[i].inside != lower::Note::no_step ? "with the step before" : seconds(times[i].predicted) + (measured.empty() ? "" : ", measured " + seconds(times[i].measured));
    const double result = ir::elements(step.out, plan.extents) * static_cast<double>(bytes_of(plan.dtype));
    text += fmt::format("  v{} [label=\"{}\\n{}flop, {}\\n{}\"{}];\n", id, escaped_for_dot(describe.step(i)), amount(step.flops) + (step.flops < 999.5 ? " " : ""), took,
                        step.kind == ir::StepKind::stream ? "in tiles" : bytes(result), i < plan.beforehand ? ", style=dashed" : "");
    for (ir::PlanValue value : ir::reads(step)) text += fmt::format("  v{} -> v{};\n", shown_as[value], id);
  }
  return text + "}\n";
}

}  // namespace einc::detail
