// SPDX-License-Identifier: BSD-3-Clause
#include "lower/places.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

namespace einc::lower {

bool Places::has_zero_extent(const ir::Term& labels) const {
  return std::any_of(labels.begin(), labels.end(), [&](Label label) { return plan_.extents[label] == 0; });
}

bool Places::repeats(ir::Term labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) != labels.end();
}

MapSource Places::leaf(std::size_t id) const {
  const ir::Value& value = expression_.values[plan_.leaves[id].value];
  if (value.op == ir::Op::iota) return {true, {value.labels, {1}, {}}};
  Strided array{value.labels, value.strides, {ir::Place::operand, value.operand, value.offset}, value.conjugated};
  if (value.dtype != plan_.dtype) array.buffer.dtype = value.dtype;
  return {false, std::move(array)};
}

Strided Places::output(std::size_t number) const {
  Strided result{{}, {}, {ir::Place::output, static_cast<std::uint32_t>(number), 0}};
  const ir::Output& output = expression_.outputs[number];
  result.buffer.dtype = output.dtype;
  for (std::size_t i = 0; i < output.labels.size(); ++i) {
    const auto found = std::find(result.labels.begin(), result.labels.end(), output.labels[i]);
    if (found == result.labels.end()) {
      result.labels.push_back(output.labels[i]);
      result.strides.push_back(output.strides[i]);
    } else {
      result.strides[static_cast<std::size_t>(found - result.labels.begin())] += output.strides[i];
    }
  }
  return result;
}

Strided Places::whole_output(std::size_t number) const {
  const ir::Output& output = expression_.outputs[number];
  return {output.labels, output.strides, {ir::Place::output, static_cast<std::uint32_t>(number), 0, output.dtype}};
}

Strided Places::next_intermediate(const ir::Term& labels, std::size_t step) const {
  if (ir::elements(labels, plan_.extents) * static_cast<double>(bytes_of(plan_.dtype)) > 4.6e18)
    throw Error(ErrorCode::memory_limit, fmt::format("the intermediate of step {} has more bytes than 64 bits can count", step + 1));
  Shape shape;
  for (Label label : labels) shape.push_back(plan_.extents[label]);
  return {labels, row_major(shape), {ir::Place::arena, static_cast<std::uint32_t>(lives_.size()), 0}};
}

Strided Places::intermediate(const ir::Term& labels, std::size_t step) {
  Strided array = next_intermediate(labels, step);
  Extent count = has_zero_extent(labels) ? 0 : 1;  // asked first: the other extents may have a product beyond 64 bits
  for (Label label : labels) count *= count == 0 ? 1 : plan_.extents[label];
  const std::size_t now = lowered_.executable.code.size();
  lives_.push_back({count * static_cast<std::int64_t>(bytes_of(plan_.dtype)), now, now});
  return array;
}

std::uint32_t Places::room(std::int64_t bytes) {
  const std::size_t now = lowered_.executable.code.size();
  lives_.push_back({bytes, now, now});
  return static_cast<std::uint32_t>(lives_.size() - 1);
}

std::size_t Places::output_of(std::size_t step) const {
  for (std::size_t number = 0; number < plan_.results.size(); ++number)
    if (plan_.results[number].value == plan_.leaves.size() + step) return number;
  return no_output;
}

Strided Places::destination(std::size_t step) {
  const std::size_t number = output_of(step);
  return number == no_output ? intermediate(plan_.steps[step].out, step) : output(number);
}

ir::Write Places::write_of(const Strided& out) const {
  if (out.buffer.place != ir::Place::output) return ir::Write::store;
  return repeats(expression_.outputs[out.buffer.index].labels) ? ir::Write::add_into : ir::Write::scale_into;
}

MapSource Places::read(ir::PlanValue value) {
  if (value < plan_.leaves.size()) return leaf(value);
  const Strided& array = results_[value - plan_.leaves.size()];
  used_now(array);
  return {false, array};
}

void Places::used_now(const Strided& array) {
  if (array.buffer.place == ir::Place::arena) lives_[array.buffer.index].dies = std::max(lives_[array.buffer.index].dies, lowered_.executable.code.size());
}

void Places::place_lives() {
  ir::Executable& executable = lowered_.executable;
  const auto outlives = [](const Life& life, std::size_t first) { return life.born < first && life.dies >= first; };
  for (Life& life : lives_) {
    life.beforehand = outlives(life, executable.beforehand);
    life.shared = !life.beforehand && outlives(life, executable.slicing.once);
  }
  Placement placement = place_buffers(lives_);
  executable.slicing.once_bytes = placement.shared_bytes;
  executable.beforehand_bytes = placement.beforehand_bytes;
  for (std::size_t id = 0; id < lives_.size(); ++id) {
    const ir::Buffer& buffer = placement.buffers[id];
    if (buffer.once || buffer.beforehand) continue;
    std::int64_t& bytes = lives_[id].born < executable.beforehand ? executable.beforehand_arena_bytes : executable.arena_bytes;
    bytes = std::max(bytes, buffer.offset + (std::max<std::int64_t>(buffer.bytes, 1) + 63) / 64 * 64);
  }
  executable.buffers = std::move(placement.buffers);
}

}  // namespace einc::lower
