// SPDX-License-Identifier: BSD-3-Clause
#include "lower/bring_rows.hpp"

#include <algorithm>
#include <cstdlib>

#include <einc/tensor_view.hpp>

namespace einc::lower {
namespace {

// Fewer are hardly read again before they leave the first-level cache.
constexpr Extent least_rows = 16;
// Of the second-level cache, what rows brought for all row tiles together may fill.
constexpr std::int64_t cache_part = 8;

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// The summed labels lie side by side, rows further apart than that; or all is of another type.
bool lies_apart(const Strided& array, Label row, const ir::Term& out, std::span<const Extent> extents, DType dtype) {
  if (array.buffer.dtype && *array.buffer.dtype != dtype) return true;
  Extent depth = 1, apart = 0;
  bool side_by_side = false;
  for (std::size_t i = 0; i < array.labels.size(); ++i) {
    const Label label = array.labels[i];
    if (label == row) apart = std::abs(array.strides[i]);
    if (contains(out, label)) continue;
    depth *= extents[label];
    side_by_side = side_by_side || array.strides[i] == 1;
  }
  return side_by_side && apart > depth;
}

}  // namespace

std::vector<ir::PlanValue> rows_to_bring(const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places, const ir::Target& target) {
  std::vector<ir::PlanValue> leaves;
  if (stream.row < 0 || plan.extents[stream.frame.back()] <= stream.tiles.back()) return leaves;
  const Label row = stream.frame[static_cast<std::size_t>(stream.row)];
  if (stream.extents[row] < least_rows) return leaves;
  for (std::size_t i = 0; i < stream.finish; ++i) {
    const ir::Step& step = stream.steps[i];
    if (step.kind != ir::StepKind::contract || step.rhs == ir::no_value) continue;
    for (ir::PlanValue leaf : {step.lhs, step.rhs}) {
      if (leaf >= stream.leaves.size() || places.leaves[leaf].position || std::find(leaves.begin(), leaves.end(), leaf) != leaves.end()) continue;
      const ir::Term& labels = stream.labels(leaf);
      if (!contains(labels, row) || contains(labels, stream.frame.back())) continue;
      const double bytes = ir::elements(labels, stream.extents) * static_cast<double>(bytes_of(plan.dtype)) * static_cast<double>(stream.together);
      const bool fits = bytes <= static_cast<double>(target.l2_bytes / cache_part);
      if (fits && lies_apart(places.leaves[leaf].array, row, step.out, stream.extents, plan.dtype)) leaves.push_back(leaf);
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
