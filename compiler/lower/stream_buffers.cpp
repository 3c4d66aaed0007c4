// SPDX-License-Identifier: BSD-3-Clause
#include "lower/stream_buffers.hpp"

#include <algorithm>
#include <optional>

#include "ir/scalar_code.hpp"

namespace einc::lower {

using ir::PlanValue;
using ir::StepKind;

namespace {

bool same_labels(ir::Term x, ir::Term y) {
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  return x == y;
}

}  // namespace

StreamBuffers::StreamBuffers(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamReads& reads,
                             const std::vector<PlanValue>& brought)
    : expression_(expression), stream_(stream), buffer_of_(stream.steps.size(), none) {
  const std::size_t count = stream.steps.size();
  const auto bytes_of_tile = [&](const ir::Term& labels) {
    return static_cast<std::int64_t>(ir::elements(labels, stream.extents) * static_cast<double>(bytes_of(plan.dtype)));
  };
  const auto add = [&](const ir::Term& labels, std::size_t born, std::size_t dies, bool state) {
    lives_.push_back({bytes_of_tile(labels), born, dies});
    is_state_.push_back(state);
    return static_cast<std::uint32_t>(lives_.size() - 1);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const ir::Step& made = stream.steps[i];
    if (made.kind == StepKind::view || reads.in_place(i) || is_result(i)) continue;
    const PlanValue over = !in_place(i) ? overwritten(i) : made.kind == StepKind::online ? made.lhs : hidden_argument(made);
    if (over != ir::no_value) {
      buffer_of_[i] = buffer_of_[over - stream.leaves.size()];
      continue;
    }
    const bool state = made.kind == StepKind::part || made.accumulates, lasts = state || reads.is_gather(i);
    buffer_of_[i] = add(made.out, lasts ? 0 : i, lasts ? count : i, state);
    if (reads.is_gather(i)) gathered_.push_back(buffer_of_[i]);
  }
  for (std::size_t i = 0; i < count; ++i)
    for (PlanValue read : ir::reads(stream.steps[i]))
      if (const std::uint32_t buffer = buffer_behind(read); buffer != none) lives_[buffer].dies = std::max(lives_[buffer].dies, i);
  for (PlanValue leaf : brought) brought_[leaf] = add(stream.labels(leaf), 0, count, true);
}

bool StreamBuffers::is_gathered(std::uint32_t buffer) const { return std::find(gathered_.begin(), gathered_.end(), buffer) != gathered_.end(); }

bool StreamBuffers::is_kept(PlanValue value) const {
  if (is_leaf(value)) return true;
  const ir::Step& made = step(value);
  return made.kind == StepKind::gather || made.kind == StepKind::view || made.kind == StepKind::part;
}

bool StreamBuffers::is_result(std::size_t step) const {
  return std::find(stream_.results.begin(), stream_.results.end(), stream_.leaves.size() + step) != stream_.results.end();
}

std::size_t StreamBuffers::readers(PlanValue value) const {
  std::size_t count = 0;
  for (const ir::Step& other : stream_.steps) {
    const std::vector<PlanValue> all = ir::reads(other);
    count += static_cast<std::size_t>(std::count(all.begin(), all.end(), value));
  }
  return count;
}

bool StreamBuffers::in_place(std::size_t index) const {
  const ir::Step& made = stream_.steps[index];
  if (made.kind != StepKind::online) return made.mask_only && hidden_argument(made) != ir::no_value;
  const bool others = is_leaf(made.lhs) || step(made.lhs).kind == StepKind::gather || readers(made.lhs) != 1;
  return !others && same_labels(made.out, stream_.labels(made.lhs));
}

// What a mask overwrites: select(visible, this, -inf), read by nobody else and as large as the result.
PlanValue StreamBuffers::hidden_argument(const ir::Step& mask) const {
  const std::optional<std::uint32_t> argument = ir::masked_argument(expression_.values[mask.value].code);
  if (!argument) return ir::no_value;
  const PlanValue scores = mask.arguments[*argument];
  return !is_kept(scores) && readers(scores) == 1 && same_labels(mask.out, stream_.labels(scores)) ? scores : ir::no_value;
}

// The argument of a map that nobody reads after it, in the same order: the map writes over it, element by element.
PlanValue StreamBuffers::overwritten(std::size_t index) const {
  const ir::Step& made = stream_.steps[index];
  if (made.kind != StepKind::map || expression_.values[made.value].op != ir::Op::map) return ir::no_value;
  for (PlanValue argument : made.arguments) {
    if (is_kept(argument) || step(argument).accumulates) continue;
    const std::uint32_t buffer = buffer_behind(argument);
    const bool last = std::none_of(stream_.steps.begin() + static_cast<std::ptrdiff_t>(index) + 1, stream_.steps.end(), [&](const ir::Step& later) {
      const std::vector<PlanValue> all = ir::reads(later);
      return std::any_of(all.begin(), all.end(), [&](PlanValue read) { return buffer != none && buffer_behind(read) == buffer; });
    });
    if (last && buffer != none && step(argument).out == made.out) return argument;
  }
  return ir::no_value;
}

std::uint32_t StreamBuffers::buffer_behind(PlanValue value) const {
  while (!is_leaf(value) && step(value).kind == StepKind::view) value = step(value).lhs;
  return is_leaf(value) ? none : buffer_of_[value - stream_.leaves.size()];
}

void StreamBuffers::place(ir::Stream& stream) const {
  std::vector<Life> passing, lasting;
  for (std::size_t i = 0; i < lives_.size(); ++i) (is_state_[i] ? lasting : passing).push_back(lives_[i]);
  const Placement first = place_buffers(passing), then = place_buffers(lasting);
  for (std::size_t i = 0, used = 0; i < lives_.size(); ++i) {
    stream.tiles.push_back(is_state_[i] ? then.buffers[i - used] : first.buffers[used]);
    if (is_state_[i]) stream.tiles.back().offset += first.arena_bytes;
    else ++used;
  }
  stream.state_begin = first.arena_bytes, stream.state_bytes = then.arena_bytes;
  stream.tile_bytes = first.arena_bytes + stream.together * then.arena_bytes;
}

}  // namespace einc::lower
