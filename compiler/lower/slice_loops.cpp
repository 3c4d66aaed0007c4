// SPDX-License-Identifier: BSD-3-Clause
#include "lower/slice_loops.hpp"

#include <algorithm>
#include <cmath>

#include <einc/element_types.hpp>

namespace einc::lower {
namespace {

// A task adds each element of its results to the caller's once: as long as some sixteen operations, of which a slice may cost one in
// fifty. Never so long that a region has fewer than 64 tasks, nor so short that it has more than 4096.
constexpr double operations_to_add = 16, share_to_add = 0.02;
constexpr Extent wanted_tasks = 64, most_tasks = 4096;

Extent divided(Extent total, Extent by) { return (total + by - 1) / by; }

Stride step_along(const ir::Term& labels, const Strides& strides, Label label) {
  Stride step = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) step += labels[i] == label ? strides[i] : 0;
  return step;
}

}  // namespace

Extent slices_of_task(double flops_of_slice, double result_elements, Extent regions, Extent slices_per_region, Extent least_tasks) {
  const double cheap = std::ceil(result_elements * operations_to_add / (share_to_add * std::max(flops_of_slice, 1.0)));
  Extent slices = cheap < static_cast<double>(slices_per_region) ? static_cast<Extent>(cheap) : slices_per_region;
  slices = std::min(slices, slices_per_region / wanted_tasks);
  slices = std::max({slices, Extent{1}, divided(slices_per_region, most_tasks)});
  const Extent tasks_of_region = std::min(divided(least_tasks, regions), slices_per_region);
  while (slices > 1 && divided(slices_per_region, slices) < tasks_of_region) --slices;
  return slices;
}

void add_slice_loops(ir::Executable& executable, const ir::Expression& expression, const ir::Plan& plan, bool partials, Extent least_tasks) {
  ir::Slicing& slicing = executable.slicing;
  for (const ir::Slice& slice : expression.slices) {
    ir::SliceLoop loop{slice.parts, slice.summed, std::vector<std::int64_t>(executable.operand_count, 0), {}};
    const Extent part = expression.extents[slice.label];
    for (const ir::Value& value : expression.values)
      if (value.op == ir::Op::operand)
        loop.operands[value.operand] = step_along(value.labels, value.strides, slice.label) * part * static_cast<std::int64_t>(bytes_of(value.dtype));
    for (const ir::Output& output : expression.outputs) {
      const DType dtype = output.dtype.value_or(computed_in(expression.values[output.value].dtype));
      loop.outputs.push_back(step_along(output.labels, output.strides, slice.label) * part * static_cast<std::int64_t>(bytes_of(dtype)));
    }
    slicing.loops.push_back(std::move(loop));
  }
  if (!partials) return;
  double elements = 0;
  for (const ir::Output& output : expression.outputs) {
    ir::Term labels = output.labels;
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    const double count = ir::elements(labels, expression.extents);
    const auto bytes = static_cast<std::int64_t>(count) * static_cast<std::int64_t>(bytes_of(computed_in(expression.values[output.value].dtype)));
    slicing.partials.push_back(slicing.partial_bytes);
    slicing.partial_bytes += (std::max<std::int64_t>(bytes, 1) + 63) / 64 * 64;
    elements += count;
  }
  double flops = 0;
  for (std::size_t step = plan.once; step < plan.steps.size(); ++step) flops += plan.steps[step].flops;
  slicing.slices_per_task = slices_of_task(flops, elements, slicing.regions(), slicing.slices_per_region(), least_tasks);
}

}  // namespace einc::lower
