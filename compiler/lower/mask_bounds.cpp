// SPDX-License-Identifier: BSD-3-Clause
#include "lower/mask_bounds.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace einc::lower {
namespace {

using ir::Function;

class Reader {
 public:
  Reader(const ir::ScalarCode& code, const std::vector<ir::MapInput>& inputs) : code_(code), inputs_(inputs) {}

  bool read(std::uint32_t at) {
    const ir::ScalarOp& op = code_[at];
    if (op.function == Function::logical_and) return read(op.in[0]) && read(op.in[1]);
    if (op.function != Function::less && op.function != Function::less_equal) return false;
    const bool from = is_key(op.in[1]);
    const std::uint32_t key = op.in[from ? 1 : 0], limit = op.in[from ? 0 : 1];
    if (!is_key(key) || !is_still(limit)) return false;
    bounds.push_back({code_[key].in[0], {code_.begin(), code_.begin() + limit + 1}, from, op.function == Function::less});
    return true;
  }

  std::vector<ir::MaskBound> bounds;

 private:
  bool is_key(std::uint32_t at) const {
    if (code_[at].function != Function::argument) return false;
    const ir::MapInput& input = inputs_[code_[at].in[0]];
    return input.position && input.strides.back() == 1 && std::all_of(input.strides.begin(), std::prev(input.strides.end()), [](Stride stride) { return stride == 0; });
  }
  // Whether it is one number for all positions of a row.
  bool is_still(std::uint32_t at) const {
    const ir::ScalarOp& op = code_[at];
    if (op.function == Function::argument) return inputs_[op.in[0]].strides.back() == 0 && !inputs_[op.in[0]].array.dtype;
    for (int i = 0; i < ir::input_count(op.function); ++i)
      if (!is_still(op.in[static_cast<std::size_t>(i)])) return false;
    return true;
  }

  const ir::ScalarCode& code_;
  const std::vector<ir::MapInput>& inputs_;
};

}  // namespace

std::vector<ir::MaskBound> mask_bounds(const ir::ScalarCode& visible, const std::vector<ir::MapInput>& inputs) {
  Reader reader(visible, inputs);
  if (visible.empty() || !reader.read(static_cast<std::uint32_t>(visible.size() - 1))) return {};
  return std::move(reader.bounds);
}

ir::TileMask tile_mask(const ir::ScalarCode& code, const std::vector<MapSource>& sources, const ir::Term& labels, std::span<const Extent> extents, Frame frame) {
  ir::TileMask mask;
  mask.present = true;
  const std::uint32_t condition = code.back().in[0];
  mask.visible.assign(code.begin(), code.begin() + condition + 1);
  ir::Term loops;
  for (Label label : labels)
    if (label != frame.back() && extents[label] != 1) loops.push_back(label);
  loops.push_back(frame.back());
  for (Label label : loops) mask.extents.push_back(extents[label]);
  mask.clipped.assign(loops.size(), -1);
  for (const MapSource& source : sources) {
    ir::MapInput input{source.position, source.array.buffer, {}, frame_strides(source.array, frame)};
    for (Label label : loops) input.strides.push_back(stride_of(source.array, label));
    mask.inputs.push_back(std::move(input));
  }
  mask.bounds = mask_bounds(mask.visible, mask.inputs);
  return mask;
}

}  // namespace einc::lower
