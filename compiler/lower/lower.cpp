#include "lower/lower.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "lower/attach_epilogue.hpp"
#include "lower/complex_parts.hpp"
#include "lower/fuse_reduction.hpp"
#include "lower/join_positions.hpp"
#include "lower/lower_stream.hpp"
#include "lower/products.hpp"
#include "lower/view_strides.hpp"

namespace einc::lower {
namespace {

using ir::Kernel;
using ir::PlanValue;
using ir::Role;
using ir::StepKind;

class Lowering : Products {
 public:
  Lowering(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target, LongSums long_sums, const InstructionSeconds* seconds)
      : Products(expression, plan, target, long_sums, seconds), done_(plan.steps.size()) {}

  Lowered lower() {
    lowered_.executable.operand_count = operand_count();
    lowered_.executable.output_count = static_cast<std::uint32_t>(expression_.outputs.size());
    std::size_t step = 0;
    for (; step < plan_.beforehand; ++step) emit_step(step);
    lowered_.executable.beforehand = lowered_.executable.code.size();
    for (; step < plan_.once; ++step) emit_step(step);
    lowered_.executable.slicing.once = lowered_.executable.code.size();
    for (std::size_t number = 0; number < expression_.outputs.size(); ++number) {
      const ir::Output& output = expression_.outputs[number];
      if (has_zero_extent(output.labels)) lowered_.executable.empty_outputs.push_back(static_cast<std::uint32_t>(number));
      if (repeats(output.labels) && !has_zero_extent(output.labels))
        emit_fill(whole_output(number), empty_sum(), ir::Write::scale_into, "the result repeats a label: all but its diagonal is zero");
    }
    for (; step < plan_.steps.size(); ++step) emit_step(step);
    for (std::size_t number = 0; number < plan_.results.size(); ++number)
      if (plan_.results[number].value < plan_.leaves.size()) emit_copy(number);
    place_lives();
    return std::move(lowered_);
  }

 private:
  std::uint32_t operand_count() const {
    std::uint32_t count = 0;
    for (const ir::Value& value : expression_.values)
      if (value.op == ir::Op::operand) count = std::max(count, value.operand + 1);
    return count;
  }
  // ---- steps ----

  void emit_step(std::size_t number) {
    const ir::Step& step = plan_.steps[number];
    if (done_[number] || emit_with_epilogue(number)) return;
    switch (step.kind) {
      case StepKind::view: return emit_view(number);
      case StepKind::rename: results_[number] = renamed(read(step.lhs).array, step.names); return;
      case StepKind::stream: return emit_stream(number);
      case StepKind::part: return;  // the stream has written it
      case StepKind::online: throw InternalError("an online step outside of a stream");
      default: break;
    }
    if (reduction_behind(expression_, plan_, number) != no_reduction) return;  // computed inside its only reader
    results_[number] = destination(number);
    const Strided& out = results_[number];
    if (has_zero_extent(step.out)) return;  // no elements: nothing to do
    switch (step.kind) {
      case StepKind::map: return emit_map(number, out);
      case StepKind::concat: return emit_concat(number, out);
      case StepKind::gather: return emit_gather(number, out);
      default: return emit_contraction(number, out);
    }
  }

  void emit_contraction(std::size_t number, const Strided& out) {
    const ir::Step& step = plan_.steps[number];
    if (has_zero_extent(plan_.labels(step.lhs)) || (step.rhs != ir::no_value && has_zero_extent(plan_.labels(step.rhs))))
      return emit_fill(out, empty_sum(), write_of(out), "a label has extent 0, so every sum is empty and the result is zero", number);
    if (emit_reduction(number, step.lhs, out)) return;
    const MapSource lhs = read(step.lhs), rhs = step.rhs == ir::no_value ? MapSource{} : read(step.rhs);
    if (lhs.position) {  // a copy of positions: the planner asks for no other use of them here
      emit(number, make_map({lhs}, {{.function = ir::Function::argument}}, ir::Fold::none, out, plan_.extents, plan_.dtype), write_of(out));
      return;
    }
    emit_product(lhs.array, step.rhs == ir::no_value ? std::nullopt : std::optional(rhs.array), out, step.factor, number);
  }

  // A contraction and the map that alone reads it, if the map can follow block by block.
  bool emit_with_epilogue(std::size_t number) {
    const std::size_t map = map_behind(expression_, plan_, number);
    if (map == no_map || reduction_behind(expression_, plan_, map) != no_reduction) return false;
    for (const std::size_t first : {plan_.beforehand, plan_.once})
      if (number < first && map >= first) return false;  // the sum is the same for every call or slice, what follows it is not
    const ir::Step &step = plan_.steps[number], &then = plan_.steps[map];
    if (has_zero_extent(then.out) || has_zero_extent(plan_.labels(step.lhs)) || has_zero_extent(plan_.labels(step.rhs))) return false;
    const std::size_t result = output_of(map);
    const Strided out = result == no_output ? next_intermediate(then.out, map) : output(result);
    const auto own = static_cast<PlanValue>(plan_.leaves.size() + number);
    std::vector<EpilogueSource> sources;
    for (PlanValue argument : then.arguments) sources.push_back(argument == own ? EpilogueSource{} : EpilogueSource{read(argument)});
    const Strided lhs = read(step.lhs).array, rhs = read(step.rhs).array;
    if (copies_of({lhs, &rhs, out, plan_.extents}).any()) return false;
    std::optional<MadeMap> made = attach_epilogue(lhs, rhs, out, sources, expression_.values[then.value].code, plan_.extents, kind(), target_);
    if (!made || slices_of(made->made.instruction) > 1) return false;
    results_[map] = destination(map);
    done_[map] = true;
    ir::Instruction& instruction = made->made.instruction;
    instruction.write = write_of(out);
    instruction.factor = step.factor;
    instruction.epilogue = static_cast<std::int32_t>(lowered_.executable.maps.size());
    lowered_.executable.maps.push_back(std::move(made->map));
    scratch(made->made.scratch_bytes);
    emit(std::move(instruction), number, std::move(made->made.reason));
    lowered_.notes.back().then = map;
    return true;
  }

  void emit_map(std::size_t number, const Strided& out) {
    const ir::Step& step = plan_.steps[number];
    const ir::Value& value = expression_.values[step.value];
    MapCode code = map_code(value);
    for (PlanValue argument : step.arguments)
      if (has_zero_extent(plan_.labels(argument)))
        return emit_fill(out, code.fold == ir::Fold::maximum ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(),
                         write_of(out), "a label has extent 0: the extreme over no positions", number);
    if (step.arguments.size() == 1 && emit_reduction(number, step.arguments[0], out)) return;
    std::vector<MapSource> inputs;
    for (PlanValue argument : step.arguments) inputs.push_back(read(argument));
    MapParts parts = join_positions({std::move(inputs), std::move(code.code)}, plan_.dtype);
    Products::emit_map(number, parts.inputs, out, [&](const std::vector<MapSource>& from) { return make_map(from, parts.code, code.fold, out, plan_.extents, plan_.dtype); });
  }

  // A sum or an extreme of a map that nobody else reads: one pass over what the map reads.
  bool emit_reduction(std::size_t number, PlanValue from, const Strided& out) {
    const ir::Step& step = plan_.steps[number];
    if (from < plan_.leaves.size() || reduction_behind(expression_, plan_, from - plan_.leaves.size()) != number) return false;
    const ir::Step& map = plan_.steps[from - plan_.leaves.size()];
    std::vector<MapSource> inputs;
    for (PlanValue argument : map.arguments) inputs.push_back(read(argument));
    MapCode code = map_code(expression_.values[map.value]);
    Products::emit_map(number, std::move(inputs), out, [&](const std::vector<MapSource>& from_inputs) {
      MadeMap made = make_map(from_inputs, code.code, fold_of(expression_, step), out, plan_.extents, plan_.dtype);
      made.made.instruction.factor = step.factor;
      if (made.map.code.size() <= 24) made.made.reason = fmt::format("{} is brought down as it is computed and never written", ir::print(made.map.code));
      return made;
    });
    return true;
  }

  void emit_view(std::size_t number) {
    const ir::Step& step = plan_.steps[number];
    const ir::Value& value = expression_.values[step.value];
    Strided from = read(step.lhs).array;
    std::optional<Strided> view = view_strides(from, value, plan_.extents);
    if (!view) {  // labels to merge lie apart: once more, side by side
      const Strided copy = intermediate(plan_.labels(step.lhs).empty() ? from.labels : order_for_view(from.labels, value), number);
      if (!has_zero_extent(copy.labels)) {
        read(step.lhs);
        emit_product(from, std::nullopt, copy, 1, number);
        lowered_.notes.back().reason = "labels that a view merges lie apart in memory: copied side by side";
      }
      view = view_strides(copy, value, plan_.extents);
    }
    results_[number] = *view;
  }

  void emit_concat(std::size_t number, const Strided& out) {
    const ir::Step& step = plan_.steps[number];
    const ir::Value& value = expression_.values[step.value];
    const auto along = std::find(out.labels.begin(), out.labels.end(), value.joined);
    const Stride stride = along == out.labels.end() ? 0 : out.strides[static_cast<std::size_t>(along - out.labels.begin())];
    Extent begin = 0;
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
      const ir::Term& labels = plan_.labels(step.arguments[i]);
      const bool has_label = std::find(labels.begin(), labels.end(), value.parts[i]) != labels.end();
      const Extent extent = has_label ? plan_.extents[value.parts[i]] : 1;
      if (!has_zero_extent(labels)) {
        Strided to = out;
        to.buffer.offset += begin * stride;
        for (std::size_t at = 0; at < to.labels.size(); ++at)
          if (to.labels[at] == value.joined) to.labels[at] = value.parts[i];
        if (!has_label) drop(to, value.parts[i]);
        emit(number, make_map({read(step.arguments[i])}, {{.function = ir::Function::argument}}, ir::Fold::none, to, plan_.extents, plan_.dtype), write_of(out));
      }
      begin += extent;
    }
  }
  static void drop(Strided& array, Label label) {
    const auto found = std::find(array.labels.begin(), array.labels.end(), label);
    if (found == array.labels.end()) return;
    array.strides.erase(array.strides.begin() + (found - array.labels.begin()));
    array.labels.erase(found);
  }

  void emit_gather(std::size_t number, const Strided& out) {
    const ir::Step& step = plan_.steps[number];
    const Label along = expression_.values[step.value].parts[0];
    if (has_zero_extent(plan_.labels(step.arguments[0])))
      return emit_fill(out, 0, write_of(out), "the table has extent 0, so no index is a position and all is zero", number);
    Strided table = read(step.arguments[0]).array;
    const Strided index = read(step.arguments[1]).array;
    const auto found = std::find(table.labels.begin(), table.labels.end(), along);
    const Stride stride = found == table.labels.end() ? 0 : table.strides[static_cast<std::size_t>(found - table.labels.begin())];
    drop(table, along);
    Made made = make_contraction(table, &index, out, plan_.extents, plan_.dtype, target_);
    // Table and index keep their places, whichever of them a contraction would hold as vectors.
    made.instruction.loops = gather_loops(table, index, out);
    made.instruction.a = table.buffer;
    made.instruction.b = index.buffer;
    made.instruction.kernel = Kernel::gather;
    made.instruction.tiling = {};
    made.instruction.detail = static_cast<std::uint32_t>(lowered_.executable.gathers.size());
    made.instruction.write = write_of(out);
    lowered_.executable.gathers.push_back({plan_.extents[along], stride});
    emit(std::move(made.instruction), number, "positions are read from the index, rows copied whole");
  }
  std::vector<ir::Loop> gather_loops(const Strided& table, const Strided& index, const Strided& out) const {
    Roles roles = assign_roles(table, &index, out, plan_.extents);
    if (roles.swapped) exchange_sides(roles);
    return roles.loops;
  }

  void emit_stream(std::size_t number) {
    const ir::Step& step = plan_.steps[number];
    const ir::StreamPlan& stream = plan_.streams[step.stream];
    StreamPlaces places;
    places.results.resize(stream.results.size());
    places.writes.resize(stream.results.size(), ir::Write::store);
    bool empty = true;
    for (std::size_t part = number + 1; part < plan_.steps.size(); ++part) {
      const ir::Step& one = plan_.steps[part];
      if (one.kind != StepKind::part || one.lhs != plan_.leaves.size() + number) continue;
      results_[part] = destination(part);
      empty = empty && has_zero_extent(one.out);
      const auto at = static_cast<std::size_t>(std::find(stream.values.begin(), stream.values.end(), one.value) - stream.values.begin());
      places.results[at] = results_[part];
      places.writes[at] = write_of(results_[part]);
    }
    if (empty) return;  // no rows: no results
    for (PlanValue argument : step.arguments) places.leaves.push_back(read(argument));
    LoweredStream lowered = lower_stream(expression_, plan_, stream, places, target_, lowered_.executable);
    ir::Instruction instruction{};
    instruction.kernel = Kernel::stream;
    instruction.dtype = plan_.dtype;
    instruction.c = places.results[0].buffer;
    instruction.detail = static_cast<std::uint32_t>(lowered_.executable.streams.size());
    scratch(lowered.scratch_bytes);
    if (lowered.stream.part > 0) lowered.stream.part_states = room(lowered.stream.tasks() * lowered.stream.parts() * lowered.stream.together * lowered.stream.state_bytes);
    lowered_.executable.streams.push_back(std::move(lowered.stream));
    emit(std::move(instruction), number, std::move(lowered.reason));
  }

  // A result that is an operand, in the caller's order.
  void emit_copy(std::size_t number) {
    const Strided from = leaf(plan_.results[number].value).array, to = output(number);
    if (has_zero_extent(to.labels)) return;
    emit_product(from, std::nullopt, to, 1, Note::no_step);
    lowered_.notes.back().reason = "the result is an operand: copied, since results never alias operands";
  }

  std::vector<bool> done_;  // maps that are epilogues
};

}  // namespace

Lowered lower(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target, LongSums long_sums, const InstructionSeconds* seconds) {
  return Lowering(expression, plan, target, long_sums, seconds).lower();
}

}  // namespace einc::lower
