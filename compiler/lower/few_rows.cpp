// SPDX-License-Identifier: BSD-3-Clause
#include "lower/few_rows.hpp"

#include <algorithm>
#include <cstdlib>

#include <einc/element_types.hpp>

namespace einc::lower {
namespace {

bool has(const Strided& array, Label label) { return std::find(array.labels.begin(), array.labels.end(), label) != array.labels.end(); }

bool is_taken(const Strided& array, ir::NumberKind kind) {
  return !array.conjugated && (!array.buffer.dtype || (kind.dtype == DType::f32 && is_half(*array.buffer.dtype)));
}

std::optional<FewRows> few_rows_of(const Strided& rows, const Strided& read, const Strided& out, std::span<const Extent> extents, Label streamed, Extent most) {
  if (!has(read, streamed) || read.buffer.place == ir::Place::tile || has(rows, streamed) == has(out, streamed)) return {};
  FewRows few;
  few.across = has(out, streamed);
  if (!few.across && rows.buffer.dtype) return {};  // a row of neighbours is widened before it is read, single weights are not
  ir::Term labels = read.labels;
  for (Label label : rows.labels)
    if (!has(read, label)) labels.push_back(label);
  Extent count = 1;
  int features = 0;
  for (Label label : labels) {
    if (label == streamed || extents[label] == 1) continue;
    const bool in_rows = has(rows, label), in_read = has(read, label), in_out = has(out, label);
    if (in_rows && in_read && in_out) continue;
    if (in_rows && in_out) count *= extents[label];
    else if (!in_read || in_rows != few.across || in_out == few.across) return {};
    else few.feature = label, ++features;
  }
  if (features != 1 || count > most || extents[few.feature] > ir::most_few_features) return {};
  if (stride_of(read, few.feature) != 1 || stride_of(few.across ? rows : out, few.feature) != 1) return {};
  return few;
}

}  // namespace

std::optional<FewRows> few_rows(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, Label streamed, ir::NumberKind kind, Extent most) {
  if (kind.algebra != Algebra::plus_times || (kind.dtype != DType::f32 && kind.dtype != DType::f64)) return {};
  if (!is_taken(lhs, kind) || !is_taken(rhs, kind) || !is_plain(out) || out.buffer.place != ir::Place::tile) return {};
  if (std::optional<FewRows> few = few_rows_of(lhs, rhs, out, extents, streamed, most)) return few;
  std::optional<FewRows> few = few_rows_of(rhs, lhs, out, extents, streamed, most);
  if (few) few->swapped = true;
  return few;
}

ir::Instruction make_few(const FewRows& few, const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents, Label streamed,
                         ir::NumberKind kind, Frame frame) {
  const Strided &rows = few.swapped ? rhs : lhs, &read = few.swapped ? lhs : rhs;
  ir::Instruction made{};
  made.kernel = ir::Kernel::few;
  made.dtype = kind.dtype;
  made.a = rows.buffer, made.b = read.buffer, made.c = out.buffer;
  const auto loop = [&](ir::Role role, Label label) { made.loops.push_back({role, extents[label], stride_of(rows, label), stride_of(read, label), stride_of(out, label)}); };
  for (const ir::Role role : {ir::Role::batch, ir::Role::m})
    for (Label label : out.labels)
      if (label != streamed && label != few.feature && extents[label] != 1 && has(read, label) == (role == ir::Role::batch)) loop(role, label);
  loop(ir::Role::n, few.across ? streamed : few.feature);
  loop(ir::Role::k, few.across ? few.feature : streamed);
  const std::vector<Stride> in_rows = frame_strides(rows, frame), in_read = frame_strides(read, frame), in_out = frame_strides(out, frame);
  for (std::size_t i = 0; i < frame.size(); ++i) made.frame.insert(made.frame.end(), {in_rows[i], in_read[i], in_out[i]});
  return made;
}

}  // namespace einc::lower
