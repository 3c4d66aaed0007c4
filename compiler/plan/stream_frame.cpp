// SPDX-License-Identifier: BSD-3-Clause
#include "plan/stream_frame.hpp"

#include <algorithm>
#include <numeric>

#include "ir/few_scratch.hpp"
#include "ir/rewrite.hpp"
#include "ir/streamed_gather.hpp"

namespace einc::plan {

using ir::contains;

Extent even_tile(Extent extent, Extent most) {
  const Extent tiles = std::max<Extent>(1, (extent + most - 1) / most);
  return std::max<Extent>(1, (extent + tiles - 1) / tiles);
}

StreamFrame::StreamFrame(const ir::Expression& expression, std::uint32_t number, const StreamMembers& members)
    : expression_(expression), stream_(expression.streams[number]), number_(number), members_(members) {
  for (ir::ValueId value = 0; value < expression.values.size(); ++value) {
    const auto gather = inside(value) ? ir::streamed_gather(expression, value, stream_.label) : std::nullopt;
    if (!gather) continue;
    blocks_.push_back(gather->block);
    apart_ = ir::unite(std::move(apart_), ir::without(labels(expression.values[gather->gather].arguments[1]), {gather->entry}));
  }
}

bool StreamFrame::is_read(ir::ValueId value) const {
  return contains(labels(value), stream_.label) && (!inside(value) || ir::streamed_gather(expression_, value, stream_.label));
}

Frame StreamFrame::choose() const {
  Frame frame;
  if (!stream_.across.empty()) {
    frame.batch = ir::without(labels(stream_.masked), {stream_.label, stream_.row});
    frame.tiled = stream_.row, frame.has_tiled = true;
    return frame;
  }
  ir::Term key;  // labels of what contractions inside read from outside along the streamed label
  for (ir::ValueId value = 0; value < expression_.values.size(); ++value) {
    if (!inside(value) || expression_.values[value].op != ir::Op::contract) continue;
    for (ir::ValueId argument : expression_.values[value].arguments)
      if (is_read(argument)) key.insert(key.end(), labels(argument).begin(), labels(argument).end());
  }
  ir::Term rows;
  for (Label label : labels(stream_.masked))
    if (label != stream_.label) (contains(key, label) || contains(apart_, label) ? frame.batch : rows).push_back(label);
  std::stable_partition(frame.batch.begin(), frame.batch.end(), [&](Label label) { return contains(apart_, label); });
  frame.few = stream_.online() && ir::elements(rows, expression_.extents) <= static_cast<double>(ir::few_rows_of(position_bytes({}) * static_cast<double>(expression_.extents[stream_.label])));
  if (frame.few) take_beside(frame);
  else if (stream_.online()) take_short(frame, rows);
  if (rows.empty()) return frame;
  frame.has_tiled = true;
  frame.tiled = *std::max_element(rows.begin(), rows.end(), [&](Label x, Label y) { return expression_.extents[x] < expression_.extents[y]; });
  std::erase(rows, frame.tiled);
  Extent count = 1;
  for (Label label : frame.whole) count *= std::max<Extent>(1, expression_.extents[label]);
  for (Label label : rows) {
    if (!frame.all && count * expression_.extents[label] > whole_most) {
      frame.single.push_back(label);
      continue;
    }
    count *= std::max<Extent>(1, expression_.extents[label]);
    frame.whole.push_back(label);
  }
  return frame;
}

// Bytes of a position along the streamed label, of the array that has most: one position of `single` labels.
double StreamFrame::position_bytes(const ir::Term& single) const {
  double most = 0;
  for (ir::ValueId value = 0; value < expression_.values.size(); ++value) {
    const bool input = std::binary_search(members_.inputs(number_).begin(), members_.inputs(number_).end(), value);
    if ((input || inside(value)) && is_read(value))
      most = std::max(most, ir::elements(ir::without(ir::without(labels(value), single), {stream_.label}), expression_.extents));
  }
  return most * static_cast<double>(bytes_of(expression_.values[stream_.masked].dtype));
}

bool StreamFrame::is_apart(const ir::Term& batch) const { return contains(apart_, batch.back()); }

// The innermost of the labels that keys have too, as far as a tile has room for enough positions of them.
void StreamFrame::take_beside(Frame& frame) const {
  while (!frame.batch.empty() && !is_apart(frame.batch)) {
    const ir::Term outer(frame.batch.begin(), frame.batch.end() - 1);
    if (position_bytes(outer) * static_cast<double>(few_streamed_least) > few_bytes * 4) return;
    frame.whole.insert(frame.whole.begin(), frame.batch.back());
    frame.batch.pop_back();
  }
}

// The same where several of them have no more scores than a tile: instructions are then longer than what it takes to begin them.
void StreamFrame::take_short(Frame& frame, const ir::Term& rows) const {
  ir::Term taken = rows;
  taken.push_back(stream_.label);
  while (!frame.batch.empty() && !is_apart(frame.batch)) {
    taken.push_back(frame.batch.back());
    if (ir::elements(taken, expression_.extents) > static_cast<double>(rows_wanted * streamed_wanted)) return;
    frame.whole.insert(frame.whole.begin(), frame.batch.back());
    frame.batch.pop_back();
    frame.all = true;
  }
}

Extent StreamFrame::streamed_of_few(const Frame& frame) const {
  const double wanted = few_bytes / std::max(1.0, position_bytes(frame.batch));
  return std::clamp(static_cast<Extent>(wanted), few_streamed_least, few_streamed_most);
}

Extent StreamFrame::streamed_tile(Extent wanted) const {
  const Extent extent = expression_.extents[stream_.label];
  if (blocks_.empty()) return even_tile(extent, wanted);
  const auto fits = [&](Extent tile) {
    return std::all_of(blocks_.begin(), blocks_.end(), [&](Extent block) { return tile % block == 0 || block % tile == 0; });
  };
  constexpr Extent shortest = 4;  // parts of what is wanted: blocks without such a divisor are tiles as they are
  Extent whole = 1;
  for (Extent block : blocks_) whole = std::lcm(whole, block);
  if (whole <= wanted) return std::min(extent, whole * std::max<Extent>(1, even_tile(extent / whole, wanted / whole)));
  for (Extent tile = wanted; tile > wanted / shortest; --tile)
    if (fits(tile)) return tile;
  return whole;
}

}  // namespace einc::plan
