// SPDX-License-Identifier: BSD-3-Clause
#include "lower/bring_rows.hpp"

#include <algorithm>
#include <cstdlib>

#include <einc/tensor_view.hpp>

#include "lower/bring_far_rows.hpp"

namespace einc::lower {
namespace {

// Fewer are hardly read again before they leave the first-level cache.
constexpr Extent least_rows = 16;
// Of the second-level cache, what rows brought for all row tiles together may fill: a quarter. 2048 positions of 8 heads of 128 features, full, 192 -> 176 ms
// where an eighth had no room for them (Zen 4, one thread, 2026-11).
constexpr std::int64_t cache_part = 4;

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// Elements from row to row.
Stride row_stride(const Strided& array, Label row) {
  for (std::size_t i = 0; i < array.labels.size(); ++i)
    if (array.labels[i] == row) return array.strides[i];
  return 0;
}

// The summed labels lie side by side, rows further apart than that; or all is of another type.
bool lies_apart(const Strided& array, Label row, const ir::Term& out, std::span<const Extent> extents, DType dtype) {
  if (array.buffer.dtype && *array.buffer.dtype != dtype) return true;
  Extent depth = 1;
  bool side_by_side = false;
  for (std::size_t i = 0; i < array.labels.size(); ++i) {
    const Label label = array.labels[i];
    if (contains(out, label)) continue;
    depth *= extents[label];
    side_by_side = side_by_side || array.strides[i] == 1;
  }
  return side_by_side && std::abs(row_stride(array, row)) > depth;
}

bool multiply_in_duos(const ir::Step& step, const ir::StreamPlan& stream, const StreamPlaces& places, const ir::Plan& plan, const ir::Target& target) {
  if (step.lhs >= stream.leaves.size() || step.rhs >= stream.leaves.size()) return false;
  return takes_as_duos(places.leaves[step.lhs].array, places.leaves[step.rhs].array, {plan.dtype, plan.algebra}, target);
}

}  // namespace

std::vector<ir::PlanValue> rows_to_bring(const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places, const ir::Target& target) {
  std::vector<ir::PlanValue> leaves;
  if (stream.row < 0) return leaves;
  // One tile along the streamed label reads them as often as it has panels: that is worth a copy of rows that are in each other's way in L1. 128 and 256 keys
  // of 128 features, 8 heads: 0.96 and 0.95 of the time, of 64 features, 2 KiB apart, level (Zen 4, one thread, 2026-11).
  const Extent streamed = plan.extents[stream.frame.back()];
  const bool once = streamed <= stream.tiles.back();
  const auto tile = std::find_if(target.tiles.begin(), target.tiles.end(), [&](const ir::TileShape& shape) { return shape.kind == ir::NumberKind(plan.dtype); });
  if (once && (tile == target.tiles.end() || streamed < least_far_panels * tile->columns)) return leaves;
  const Label row = stream.frame[static_cast<std::size_t>(stream.row)];
  if (stream.extents[row] < least_rows) return leaves;
  for (std::size_t i = 0; i < stream.finish; ++i) {
    const ir::Step& step = stream.steps[i];
    if (step.kind != ir::StepKind::contract || step.rhs == ir::no_value) continue;
    if (multiply_in_duos(step, stream, places, plan, target)) continue;  // packed as they are, for every tile along the streamed label
    for (ir::PlanValue leaf : {step.lhs, step.rhs}) {
      if (leaf >= stream.leaves.size() || places.leaves[leaf].position || std::find(leaves.begin(), leaves.end(), leaf) != leaves.end()) continue;
      const ir::Term& labels = stream.labels(leaf);
      if (!contains(labels, row) || contains(labels, stream.frame.back())) continue;
      const double bytes = ir::elements(labels, stream.extents) * static_cast<double>(bytes_of(plan.dtype)) * static_cast<double>(stream.together);
      const Strided& array = places.leaves[leaf].array;
      if (once && !are_pages_apart(row_stride(array, row), array.buffer.dtype.value_or(plan.dtype))) continue;
      const bool fits = bytes <= static_cast<double>(target.l2_bytes / cache_part);
      if (fits && lies_apart(array, row, step.out, stream.extents, plan.dtype)) leaves.push_back(leaf);
    }
  }
  std::sort(leaves.begin(), leaves.end());
  return leaves;
}

Strided row_by_row(const Strided& array, Label row, std::span<const Extent> extents, ir::BufferRef buffer) {
  Strided brought{array.labels, {}, buffer};
  std::stable_partition(brought.labels.begin(), brought.labels.end(), [&](Label label) { return label == row || extents[label] == 1; });
  Shape shape;
  for (Label label : brought.labels) shape.push_back(extents[label]);
  brought.strides = row_major(shape);
  return brought;
}

}  // namespace einc::lower
