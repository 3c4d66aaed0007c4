// SPDX-License-Identifier: BSD-3-Clause
#include "lower/stream_reads.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "ir/few_scratch.hpp"
#include "lower/view_strides.hpp"

namespace einc::lower {

using ir::PlanValue;
using ir::StepKind;

// Shorter blocks are copied into the tile: a call of the kernel for each would cost more.
constexpr Extent least_block_in_place = 8;

StreamReads::StreamReads(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places)
    : expression_(expression), plan_(plan), stream_(stream), places_(places), gathers_(stream.steps.size()), in_place_(stream.steps.size(), false), few_(stream.steps.size()) {
  for (std::size_t i = 0; i < stream.steps.size(); ++i) {
    if (stream.steps[i].kind != StepKind::gather) continue;
    gathers_[i] = ir::streamed_gather(expression, stream.steps[i].value, streamed());
    if (!gathers_[i]) throw InternalError("a gather inside a stream that is not along its label");
    in_place_[i] = gathers_[i]->block >= least_block_in_place;
  }
  decide();
}

// A gather is read in place by products of few rows alone; a product is one of few rows where what it reads is in no tile.
void StreamReads::decide() {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < stream_.finish; ++i) {
      const ir::Step& step = stream_.steps[i];
      few_[i].reset();
      const bool result = std::find(stream_.results.begin(), stream_.results.end(), stream_.leaves.size() + i) != stream_.results.end();
      if (step.kind == StepKind::contract && !step.across && !result)
        few_[i] = lower::few_rows(shape_of(step.lhs), shape_of(step.rhs), shape_of(static_cast<PlanValue>(stream_.leaves.size() + i)), stream_.extents, streamed(), plan_.dtype, few_rows(i));
    }
    for (std::size_t i = 0; i < stream_.steps.size(); ++i) {
      if (!in_place_[i]) continue;
      const auto value = static_cast<PlanValue>(stream_.leaves.size() + i);
      for (std::size_t reader = 0; reader < stream_.steps.size(); ++reader) {
        const std::vector<PlanValue> all = ir::reads(stream_.steps[reader]);
        if (few_[reader] || std::find(all.begin(), all.end(), value) == all.end()) continue;
        in_place_[i] = false, changed = true;
      }
    }
  }
}

// As the planner has it, of the larger factor.
Extent StreamReads::few_rows(std::size_t step) const {
  const ir::Step& made = stream_.steps[step];
  const double most = std::max(ir::elements(stream_.labels(made.lhs), plan_.extents), ir::elements(stream_.labels(made.rhs), plan_.extents));
  return ir::few_rows_of(most * static_cast<double>(bytes_of(plan_.dtype)));
}

// Strides and place are those of the array; which tile it is does not matter here.
Strided StreamReads::shape_of(PlanValue value) const {
  if (value < stream_.leaves.size()) return places_.leaves[value].position ? Strided{{}, {}, {ir::Place::tile, 0, 0}} : leaf(value);
  const std::size_t index = value - stream_.leaves.size();
  const ir::Step& step = stream_.steps[index];
  if (in_place_[index]) return table(index);
  if (step.kind == StepKind::view) {
    const std::optional<Strided> view = view_strides(shape_of(step.lhs), expression_.values[step.value], stream_.extents);
    if (view) return *view;
  }
  Shape shape;
  for (Label label : step.out) shape.push_back(stream_.extents[label]);
  return {step.out, row_major(shape), {ir::Place::tile, 0, 0}};
}

Strided StreamReads::table(std::size_t step) const {
  const ir::StreamedGather& gather = *gathers_[step];
  const Strided& whole = leaf(stream_.steps[step].arguments[0]);
  Strided made{{streamed()}, {0}, whole.buffer, whole.conjugated};
  for (std::size_t i = 0; i < whole.labels.size(); ++i) {
    if (whole.labels[i] == expression_.values[gather.gather].parts[0] || (gather.slot && whole.labels[i] == *gather.slot)) continue;
    made.labels.push_back(whole.labels[i]);
    made.strides.push_back(whole.strides[i]);
  }
  return made;
}

ir::Gather StreamReads::gather(std::size_t step) const {
  const Label along = expression_.values[gathers_[step]->gather].parts[0];
  return {plan_.extents[along], stride_of(leaf(stream_.steps[step].arguments[0]), along)};
}

ir::Paged StreamReads::paged(std::size_t step) const {
  const ir::StreamedGather& found = *gathers_[step];
  const ir::Gather along = gather(step);
  ir::Paged made{index_of(step).buffer, frame_strides(index_of(step), stream_.frame), stride_of(index_of(step), found.entry), found.block, along.extent, along.stride,
                 found.slot ? stride_of(leaf(stream_.steps[step].arguments[0]), *found.slot) : 0};
  made.frame.back() = 0;
  return made;
}

ir::Instruction StreamReads::make_gather(std::size_t step, const Strided& out, std::span<const Extent> extents) const {
  const ir::StreamedGather& found = *gathers_[step];
  const Strided from = table(step);
  const ir::Paged pages = paged(step);
  ir::Instruction made{};
  made.kernel = ir::Kernel::gather;
  made.dtype = plan_.dtype;
  made.a = from.buffer, made.b = pages.index, made.c = out.buffer;
  const Extent positions = extents[streamed()], inside = std::min(positions, found.block);
  const Stride along = stride_of(out, streamed());
  for (Label label : out.labels) {
    if (extents[label] == 1) continue;
    if (label != streamed()) made.loops.push_back({ir::Role::m, extents[label], stride_of(from, label), 0, stride_of(out, label)});
    else if (inside > 1) made.loops.push_back({ir::Role::m, inside, pages.slot, 0, along});
  }
  if (positions > inside) made.loops.push_back({ir::Role::n, positions / inside, 0, pages.entry, along * inside});
  const std::vector<Stride> in_table = frame_strides(from, stream_.frame);
  for (std::size_t i = 0; i < in_table.size(); ++i) made.frame.insert(made.frame.end(), {in_table[i], pages.frame[i], 0});
  return made;
}

std::string StreamReads::reason() const {
  std::string text;
  const auto count = [](const auto& marks) { return std::count_if(marks.begin(), marks.end(), [](const auto& mark) { return static_cast<bool>(mark); }); };
  if (count(few_) > 0) text += "; few rows: what they meet is read once, where it lies, and not packed";
  for (std::size_t i = 0; i < gathers_.size(); ++i) {
    if (!gathers_[i]) continue;
    const std::string now = in_place_[i] ? fmt::format("; blocks of {} positions are read where the index says they lie", gathers_[i]->block)
                         : fmt::format("; blocks of {} positions are gathered into the tile, where the index says they lie", gathers_[i]->block);
    if (text.find(now) == std::string::npos) text += now;
  }
  return text;
}

}  // namespace einc::lower
