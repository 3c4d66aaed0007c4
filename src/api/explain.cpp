// explain.cpp: the plan in words, for a person who wants to know what will run and why.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/compiled_state.hpp"
#include "api/contraction_order.hpp"
#include "api/describe.hpp"
#include "api/step_times.hpp"

namespace einc::detail {
namespace {

using ir::Kernel;

std::string layout_of(std::span<const Extent> extents, std::span<const Stride> strides) {
  const Strides dense = row_major(extents);
  if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return "empty";
  bool row_major_order = true;
  for (std::size_t i = 0; i < extents.size(); ++i) row_major_order = row_major_order && (extents[i] < 2 || strides[i] == dense[i]);
  return row_major_order ? "row-major" : fmt::format("strides [{}]", fmt::join(strides, ", "));
}

// The terms of the text in order, for the list of operands.
std::string term_text(const std::string& text, std::size_t number) {
  const Subscripts parsed = parse_subscripts(text);
  const Span span = number < parsed.operands.size() ? parsed.operands[number].span : parsed.output.span;
  return text.substr(span.begin, span.end - span.begin);
}

std::string loops_of(const ir::Instruction& instruction, ir::Role role) {
  Extent count = 1;
  std::vector<Extent> extents;
  for (const ir::Loop& loop : instruction.loops)
    if (loop.role == role) count *= loop.extent, extents.push_back(loop.extent);
  if (extents.empty()) return {};
  return extents.size() == 1 ? fmt::format("{} {}", name_of(role), count) : fmt::format("{} {} ({})", name_of(role), count, fmt::join(extents, " x "));
}

std::string roles_line(const ir::Instruction& instruction) {
  std::vector<std::string> parts;
  for (ir::Role role : {ir::Role::batch, ir::Role::m, ir::Role::n, ir::Role::k})
    if (std::string part = loops_of(instruction, role); !part.empty()) parts.push_back(std::move(part));
  return parts.empty() ? "no loop: one element" : fmt::format("{}", fmt::join(parts, ", "));
}

// What an instruction computes with, where that is not the type of the result and its own + and *.
std::string numbers_of(const ir::Instruction& instruction, DType result) {
  std::string text;
  if (is_complex(result) && !is_complex(instruction.dtype)) text = fmt::format(" in parts of {}", name_of(instruction.dtype));
  else if (instruction.dtype != result) text = fmt::format(" in {}", name_of(instruction.dtype));
  if (instruction.algebra != Algebra::plus_times) text += fmt::format(", {}", name_of(instruction.algebra));
  return text;
}

std::string kernel_line(const ir::Instruction& instruction, const lower::Note& note, DType result) {
  std::string line = std::string(name_of(instruction.kernel)) + numbers_of(instruction, result);
  const ir::Tiling& tiling = instruction.tiling;
  if (instruction.kernel == Kernel::contract)
    line += fmt::format(", register tile {} x {}, blocks m {} n {} k {}", tiling.rows, tiling.columns, tiling.m_block, tiling.n_block, tiling.k_block);
  if (instruction.kernel == Kernel::interleaved) line += fmt::format(", register tile {} x {} x {} batches, blocks n {} k {}", tiling.rows, tiling.columns, tiling.run, tiling.n_block, tiling.k_block);
  if (instruction.kernel == Kernel::small) line += fmt::format(", register tile {} x {}", tiling.rows, tiling.columns);
  if (note.elementwise) line += ", element by element: no array has neighbours in memory";
  return line;
}

std::string place_of(const ir::BufferRef& ref, const compiler::Compilation& compilation) {
  if (ref.place == ir::Place::operand) return fmt::format("operand {}", ref.index);
  if (ref.place == ir::Place::output) return "the result";
  return fmt::format("an intermediate of {}", bytes(static_cast<double>(compilation.executable.buffers[ref.index].bytes)));
}

std::string layout_line(const ir::Instruction& instruction, const compiler::Compilation& compilation) {
  if (instruction.kernel == Kernel::fill) return fmt::format("writes {}", place_of(instruction.c, compilation));
  if (instruction.kernel == Kernel::map) {
    const ir::Map& map = compilation.executable.maps[instruction.detail];
    std::string read;
    for (const ir::MapInput& input : map.inputs)
      if (!input.position) read += (read.empty() ? "" : ", ") + place_of(input.array, compilation);
    return fmt::format("{}writes {}", read.empty() ? "" : fmt::format("reads {}; ", read), place_of(instruction.c, compilation));
  }
  const bool one_array = instruction.kernel == Kernel::permute || instruction.kernel == Kernel::reduce;
  const std::string a = place_of(instruction.a, compilation);
  const std::string reads = one_array ? a : fmt::format("{} and {}", a, place_of(instruction.b, compilation));
  const char* how = instruction.kernel == Kernel::contract ? "straight from their strides, panel by panel: no transposed copy"
                    : instruction.kernel == Kernel::small  ? "straight from their strides: no transposed copy"
                                                           : "in place: no copy";
  return fmt::format("reads {} {}; writes {}", reads, how, place_of(instruction.c, compilation));
}

// The plan beside what a single loop nest over all labels would do.
std::string against_naive(const PlanSummary& summary) {
  const double ratio = summary.flops > 0 ? summary.naive_flops / summary.flops : 1;
  if (ratio < 1.005 && ratio > 0.995) return ", as many as one loop nest over all labels";
  return fmt::format(", where one loop nest over all labels needs {}flop, {:.3g} times as many", amount(summary.naive_flops) + (summary.naive_flops < 999.5 ? " " : ""), ratio);
}

// The loops around a tile, and what is done in it.
std::string stream_lines(const compiler::Compilation& compilation, const ir::StreamPlan& plan, const ir::Stream& stream) {
  const Describe describe(compilation);
  std::string loops;
  for (std::size_t i = 0; i < plan.frame.size(); ++i)
    loops += fmt::format("{}{} {}{}", i == 0 ? "" : ", ", describe.label(plan.frame[i]), stream.frame[i].extent,
                         stream.frame[i].tile > 1 ? fmt::format(" by {}", stream.frame[i].tile) : "");
  const std::string ordered = plan.rows_in_order ? "the last two in order" : plan.part > 0 ? fmt::format("the last in order by parts of {} tiles", plan.part) : "the last in order";
  std::string text = fmt::format("   loops     {}; {}, the others shared by the threads\n", loops, ordered);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const ir::Step& step = plan.steps[i];
    if (step.kind == ir::StepKind::part || step.kind == ir::StepKind::view) continue;
    std::string line;
    for (ir::PlanValue value : ir::reads(step)) line += (line.empty() ? "" : ",") + describe.term(plan.labels(value));
    line += "->" + describe.term(step.out);
    if (step.kind == ir::StepKind::map) line += "  " + describe.function(step);
    if (step.kind == ir::StepKind::gather) line += "  where the index says, block by block";
    if (step.kind == ir::StepKind::online) line += "  exp against the largest so far, and its sum";
    if (step.kind == ir::StepKind::online && plan.powers_of_two) line += "; as powers of 2, log2(e) is in the factor of the scores";
    if (step.accumulates) line += "  added up";
    if (step.across) line += "  added to all rows";
    if (step.mask_only) line += ", only where a tile is partly hidden";
    text += fmt::format("   {}    {}\n", i < plan.finish ? "a tile" : "finish", line);
  }
  if (stream.variants[0].mask.present) {
    text += "   mask      positions decide before any work: tiles wholly hidden are skipped, wholly visible ones are not masked";
    text += stream.variants[0].narrows.empty() ? "\n" : "; of others, what rows do not see is not computed\n";
  }
  text += fmt::format("   scratch   {} a thread, whatever the extent of {}\n", bytes(static_cast<double>(stream.tile_bytes)), describe.label(plan.frame.back()));
  text += "   passes    1 over the streamed label\n";
  return text;
}

std::string took(std::size_t number, std::span<const double> measured) { return measured.empty() ? "" : ", measured " + seconds(measured[number]); }

std::string step_text(const CompiledState& state, std::size_t number, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const Describe describe(compilation);
  const ir::Instruction& instruction = compilation.executable.code[number];
  const lower::Note& note = compilation.notes[number];
  const std::string_view when = number < compilation.executable.beforehand ? "   beforehand" : "";
  std::string text;
  if (note.step == lower::Note::no_step) {
    text += fmt::format("{}. {}{}\n", number + 1, name_of(instruction.kernel), when);
  } else {
    const ir::Step& step = compilation.plan.steps[note.step];
    ir::Term all;
    std::string sources;
    for (ir::PlanValue value : ir::reads(step)) {
      sources += (sources.empty() ? "" : ", ") + describe.value(value);
      for (Label label : compilation.plan.labels(value))
        if (std::find(all.begin(), all.end(), label) == all.end()) all.push_back(label);
    }
    text += fmt::format("{}. {}   ({}){}\n", number + 1, describe.step(note.step), sources, when);
    if (!all.empty()) text += fmt::format("   extents   {}\n", describe.extents(all));
    if (note.then != lower::Note::no_step) text += fmt::format("   then      {}, while rows of the result are in cache\n", describe.step(note.then));
  }
  if (instruction.kernel == Kernel::stream) text += stream_lines(compilation, compilation.plan.streams[compilation.plan.steps[note.step].stream], compilation.executable.streams[instruction.detail]);
  else text += fmt::format("   loops     {}\n   kernel    {}\n", roles_line(instruction), kernel_line(instruction, note, compilation.dtype));
  if (!note.reason.empty()) text += fmt::format("   because   {}\n", note.reason);
  if (instruction.kernel != Kernel::stream) text += fmt::format("   memory    {}\n", layout_line(instruction, compilation));
  if (note.step != lower::Note::no_step) {
    const ir::Step& step = compilation.plan.steps[note.step];
    text += fmt::format("   cost      {}flop, {}, predicted {}{}\n", amount(step.flops) + (step.flops < 999.5 ? " " : ""), bytes(step.bytes), seconds(state.summary.steps[number].seconds), took(number, measured));
    if (!step.reason.empty()) text += fmt::format("   chosen    {}\n", step.reason);
  }
  return text;
}

// All steps of a short plan; of a long one those that cost most, in the order in which they run.
std::vector<std::size_t> steps_to_show(const PlanSummary& summary) {
  constexpr std::size_t all_up_to = 24, otherwise = 10;
  std::vector<std::size_t> steps(summary.steps.size());
  std::iota(steps.begin(), steps.end(), std::size_t{0});
  if (steps.size() <= all_up_to) return steps;
  std::stable_sort(steps.begin(), steps.end(), [&](std::size_t x, std::size_t y) { return summary.steps[x].seconds > summary.steps[y].seconds; });
  steps.resize(otherwise);
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace

std::string plan_text(const CompiledState& state, const CacheState& cache, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const PlanSummary& summary = state.summary;
  std::string text;
  text += fmt::format("  machine    {}, {} thread{}\n", summary.isa, summary.threads, summary.threads == 1 ? "" : "s");
  text += fmt::format("  speeds     {}\n", summary.speeds);
  text += fmt::format("  order      {}\n\n", summary.method.empty() ? "nothing to choose" : summary.method);
  std::size_t next = 0;
  for (std::size_t i : steps_to_show(summary)) {
    if (i > next) text += fmt::format("   ... {} cheaper step{}\n\n", i - next, i - next == 1 ? "" : "s");
    text += step_text(state, i, measured) + "\n";
    next = i + 1;
  }
  if (next < summary.steps.size()) text += fmt::format("   ... {} cheaper step{}; the JSON form has them all\n\n", summary.steps.size() - next, summary.steps.size() - next == 1 ? "" : "s");
  if (compilation.executable.code.empty()) text += "nothing to compute: the result has no elements\n\n";
  text += fmt::format("total   {}flop{}; {} read and written, predicted {}{}\n", amount(summary.flops) + (summary.flops < 999.5 ? " " : ""),
                      compilation.is_program ? "" : against_naive(summary), bytes(summary.bytes), seconds(summary.seconds),
                       measured.empty() ? "" : ", measured " + seconds(seconds_of_run(compilation, summary.workers, measured)));
  text += constants_text(summary, compilation);
  text += slices_text(summary);
  text += fmt::format("memory  largest intermediate {}, arena {}, packing {} a thread\n",
                      summary.largest_intermediate_bytes > 0 ? bytes(summary.largest_intermediate_bytes) : "none",
                      bytes(static_cast<double>(summary.arena_bytes)), bytes(static_cast<double>(summary.scratch_bytes)));
  text += fmt::format("peak    {} of memory in a run beside its arrays, {}\n", bytes(static_cast<double>(summary.run_bytes)),
                      summary.memory_limit == 0 ? "no limit" : "limit " + bytes(static_cast<double>(summary.memory_limit)));
  text += fmt::format("cache   {} of {} expressions of one-shot calls kept, {} hit{}, {} miss{}\n", cache.entries, cache.capacity, cache.hits,
                      cache.hits == 1 ? "" : "s", cache.misses, cache.misses == 1 ? "" : "es");
  return text;
}

// Inputs and outputs of a program by name, its text, and why a softmax did not stream.
std::string explain_program(const CompiledState& state, const CacheState& cache, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const DType computed = computed_in(compilation.plan.dtype);
  std::string text = fmt::format("program  ({}{})\n", name_of(compilation.dtype), compilation.dtype == computed ? "" : fmt::format(", computed in {}", name_of(computed)));
  for (std::size_t i = 0; i < compilation.operand_shapes.size(); ++i)
    text += fmt::format("  input      {}  {}{}{}, {}\n", compilation.input_names[i], shown(compilation.operand_shapes[i]),
                        compilation.operand_dtypes[i] == compilation.dtype ? "" : fmt::format(" {}", name_of(compilation.operand_dtypes[i])), compilation.constant[i] ? " constant" : "",
                        layout_of(compilation.operand_shapes[i], state.first.operand_strides[i]));
  for (std::size_t i = 0; i < compilation.shapes.size(); ++i)
    text += fmt::format("  output     {}  {}, row-major\n", compilation.output_names[i], shown(compilation.shapes[i]));
  if (!compilation.unused.empty()) text += fmt::format("  unused     {}: no output needs it\n", fmt::join(compilation.unused, ", "));
  for (const ir::Refusal& refusal : compilation.expression.refusals) text += fmt::format("  no stream  {}\n", refusal.condition);
  if (state.options.stream == Stream::forbid) text += "  no stream  Stream::forbid was asked for\n";
  return text + plan_text(state, cache, measured);
}

std::string explain_text(const CompiledState& state, const CacheState& cache, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  if (compilation.is_program) return explain_program(state, cache, measured);
  std::string kind{name_of(compilation.dtype)};
  const Semiring& semiring = state.options.semiring;
  if (semiring.algebra == Algebra::custom) kind += fmt::format(", {}: + is {}, * is {}", semiring.name.empty() ? "a custom semiring" : semiring.name, semiring.add, semiring.multiply);
  else if (semiring.algebra != Algebra::plus_times) kind += fmt::format(", {}", name_of(semiring.algebra));
  if (state.options.accumulate != Accumulate::same) kind += state.options.accumulate == Accumulate::wide ? ", wide sums" : ", sums as asked";
  std::string text = fmt::format("einsum  {}  ({})\n", compilation.text, kind);
  const auto type_of = [&](std::size_t i) {
    const DType dtype = compilation.operand_dtypes[i];
    const std::string type = dtype == compilation.dtype ? "" : fmt::format(" {}", name_of(dtype));
    return type + (compilation.conjugated[i] && is_complex(dtype) ? " conjugated" : "") + (compilation.constant[i] ? " constant" : "");
  };
  const std::size_t operands = compilation.operand_shapes.size();
  constexpr std::size_t most_listed = 12;
  for (std::size_t i = 0; i < operands && i < most_listed; ++i)
    text += fmt::format("  operand {}  {}  {}{}, {}\n", i, term_text(compilation.text, i), shown(compilation.operand_shapes[i]), type_of(i),
                        layout_of(compilation.operand_shapes[i], state.first.operand_strides[i]));
  if (operands > most_listed) text += fmt::format("  ... {} more operands\n", operands - most_listed);
  text += fmt::format("  result     {}  {}, row-major\n", describe_result(compilation), shown(compilation.shapes[0]));
  return text + plan_text(state, cache, measured);
}

std::string describe_result(const compiler::Compilation& compilation) {
  const Subscripts parsed = parse_subscripts(compilation.text);
  std::string text;
  for (const Subscript& subscript : parsed.output.subscripts) text += compilation.text.substr(subscript.span.begin, subscript.span.end - subscript.span.begin);
  return text.empty() ? "(a scalar)" : text;
}

PlanSummary summarise(const compiler::Compilation& compilation, const kernels::KernelTable& table, ir::Crew crew) {
  const Describe describe(compilation);
  PlanSummary summary;
  for (std::size_t i = 0; i < compilation.notes.size(); ++i) {
    const lower::Note& note = compilation.notes[i];
    StepSummary step;
    step.kernel = name_of(compilation.executable.code[i].kernel);
    step.reason = note.reason;
    step.seconds = compilation.predicted.instructions[i].seconds;
    if (note.step != lower::Note::no_step) {
      const ir::Step& planned = compilation.plan.steps[note.step];
      step.text = describe.step(note.step);
      step.flops = planned.flops;
      step.bytes = planned.bytes;
      if (note.then != lower::Note::no_step) step.text += ", then " + describe.step(note.then);
      if (i >= compilation.executable.beforehand) summary.bytes += planned.bytes;
    }
    summary.steps.push_back(std::move(step));
  }
  summary.method = compilation.plan.method;
  if (!compilation.is_program) summary.order = api::contraction_order(compilation);
  summary.naive_flops = compilation.plan.naive_flops;
  summary.flops = ir::total_flops(compilation.plan);
  summary.seconds = compilation.predicted.seconds();
  summary.largest_intermediate_bytes = ir::largest_intermediate_bytes(compilation.plan);
  summary.arena_bytes = compilation.executable.arena_bytes;
  summary.scratch_bytes = compilation.executable.scratch_bytes;
  summary.run_bytes = ir::bytes_of_run(compilation.executable, crew);
  summary.isa = table.isa;
  summary.speeds = compilation.speeds_from;
  summary.threads = crew.workers * crew.threads;
  add_constants(summary, compilation);
  add_slicing(summary, compilation, crew);
  return summary;
}

}  // namespace einc::detail
