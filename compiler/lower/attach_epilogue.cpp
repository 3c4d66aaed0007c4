// SPDX-License-Identifier: BSD-3-Clause
#include "lower/attach_epilogue.hpp"

#include <algorithm>
#include <utility>

#include "ir/contract_scratch.hpp"

namespace einc::lower {
namespace {

using ir::PlanValue;
using ir::StepKind;

// Labels of more than one position, in the order of their numbers: the others are no loops.
ir::Term walked(ir::Term labels, std::span<const Extent> extents) {
  std::erase_if(labels, [&](Label label) { return extents[label] == 1; });
  std::sort(labels.begin(), labels.end());
  return labels;
}

// The only step that reads a value; no_map when there are several, or the caller gets the value.
std::size_t only_reader(const ir::Plan& plan, PlanValue value) {
  for (const ir::PlanResult& result : plan.results)
    if (result.value == value) return no_map;
  std::size_t reader = no_map;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    const std::vector<PlanValue> all = ir::reads(plan.steps[step]);
    if (std::find(all.begin(), all.end(), value) == all.end()) continue;
    if (reader != no_map) return no_map;
    reader = step;
  }
  return reader;
}

}  // namespace

std::size_t map_behind(const ir::Expression& expression, const ir::Plan& plan, std::size_t step) {
  const ir::Step& contraction = plan.steps[step];
  if (contraction.kind != StepKind::contract || contraction.rhs == ir::no_value) return no_map;
  const auto value = static_cast<PlanValue>(plan.leaves.size() + step);
  const std::size_t reader = only_reader(plan, value);
  if (reader == no_map || plan.steps[reader].kind != StepKind::map) return no_map;
  const ir::Step& map = plan.steps[reader];
  if (expression.values[map.value].op != ir::Op::map || walked(map.out, plan.extents) != walked(contraction.out, plan.extents)) return no_map;
  const bool there = std::all_of(map.arguments.begin(), map.arguments.end(), [&](PlanValue argument) { return argument <= value; });
  return there ? reader : no_map;
}

std::optional<MadeMap> attach_epilogue(const Strided& lhs, const Strided& rhs, const Strided& out, const std::vector<EpilogueSource>& sources,
                                       ir::ScalarCode code, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target) {
  std::vector<MapSource> others;
  std::vector<std::uint32_t> input(sources.size(), 0);  // of the epilogue, by argument of the map
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i]) continue;
    others.push_back(*sources[i]);
    input[i] = static_cast<std::uint32_t>(others.size());
  }
  if (others.size() + 1 > ir::most_map_inputs) return {};
  std::vector<Strided> beside;
  for (const MapSource& other : others) beside.push_back(other.array);

  // What a cache holds is read by a map of its own as fast: 262144 rows of 16, a matrix of 16 x 16 and a bias 3.8 ms in one, 7.6 apart, 4096 rows 43
  // and 38 us (Emerald Rapids, one thread, 2026-11).
  const double bytes = ir::elements(out.labels, extents) * static_cast<double>(bytes_of(kind.dtype));
  const bool spreads = bytes <= static_cast<double>(target.l2_bytes);
  MadeMap result{make_contraction(lhs, &rhs, out, extents, kind, target, {}, beside, spreads), {}};
  const ir::Instruction& instruction = result.made.instruction;
  if (instruction.kernel != ir::Kernel::contract) return {};
  for (ir::ScalarOp& op : code)
    if (op.function == ir::Function::argument) op.in[0] = input[op.in[0]];
  result.map.code = std::move(code);
  result.map.inputs.push_back({false, out.buffer, {}, {}});
  result.map.inputs[0].array.dtype = {};  // as the contraction computes it
  for (const ir::Loop& loop : instruction.loops) result.map.inputs[0].strides.push_back(loop.c);
  for (const MapSource& other : others) {
    ir::MapInput made{other.position, other.array.buffer, {}, {}};
    for (Label label : result.made.labels) made.strides.push_back(stride_of(other.array, label));
    result.map.inputs.push_back(std::move(made));
  }
  if (out.buffer.place == ir::Place::output || out.buffer.dtype) result.made.scratch_bytes += ir::held_bytes(instruction.tiling, kind.dtype);
  result.made.reason += "; rows of c are finished by the map before they leave the cache";
  return result;
}

}  // namespace einc::lower
