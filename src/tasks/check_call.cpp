// SPDX-License-Identifier: BSD-3-Clause
#include "tasks/check_call.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>

#include <fmt/format.h>

#include "tasks/dense.hpp"

namespace einc::tasks {
namespace {

struct Bytes {
  const std::byte *begin, *end;
};

// The addresses from the first element to the last.
Bytes bytes_of_array(const void* data, DType dtype, std::span<const Extent> extents, std::span<const Stride> strides) {
  Stride low = 0, high = 1;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == 0) return {nullptr, nullptr};
    const Stride reach = (extents[i] - 1) * strides[i];
    (reach < 0 ? low : high) += reach;
  }
  const auto element = static_cast<Stride>(bytes_of(dtype));
  const auto* const from = static_cast<const std::byte*>(data);
  return {from + low * element, from + high * element};
}

bool meet(const Bytes& x, const Bytes& y) {
  const std::less<const std::byte*> before;
  return before(x.begin, y.end) && before(y.begin, x.end);
}

}  // namespace

void check_tasks(const Compiled& compiled) {
  if (!compiled.plan().constants.empty())
    throw Error(ErrorCode::bad_option, "a run by tasks is one call, on operands that its checkpoint and its ranks know, and the expression has constants", compiled.text(), {},
                "compile it without the option `constants`");
  if (compiled.slicing().partial_bytes == 0)
    throw Error(ErrorCode::bad_option, "the expression was not compiled in slices, so it has no tasks", compiled.text(), {}, "compile it with the option `slices` (`--slices N`)");
}

void check_outputs(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs) {
  const std::vector<Shape>& shapes = compiled.shapes();
  if (outs.size() != shapes.size()) throw Error(ErrorCode::bad_output, fmt::format("{} outputs for {} results", outs.size(), shapes.size()), compiled.text());
  for (std::size_t i = 0; i < outs.size(); ++i) {
    const OutputRef& out = outs[i];
    if (out.dtype != compiled.dtype() || !std::equal(out.extents.begin(), out.extents.end(), shapes[i].begin(), shapes[i].end()))
      throw Error(ErrorCode::bad_output, fmt::format("output {} has another shape or type than the result", i), compiled.text());
    if (!is_row_major(out.extents, out.strides)) throw Error(ErrorCode::bad_output, fmt::format("output {} is not row-major, as results of tasks are", i), compiled.text());
    const Bytes written = bytes_of_array(out.data, out.dtype, out.extents, out.strides);
    for (std::size_t operand = 0; operand < operands.size(); ++operand) {
      const ArrayRef& array = operands[operand];
      if (meet(written, bytes_of_array(array.data, array.dtype, array.extents, array.strides)))
        throw Error(ErrorCode::overlap, fmt::format("output {} shares memory with operand {}", i, operand), compiled.text());
    }
  }
}

std::string sentence_of_stop(const TaskProgress& progress) {
  return fmt::format("the run was asked to stop, with {} of {} tasks finished", progress.finished, progress.tasks);
}

}  // namespace einc::tasks
