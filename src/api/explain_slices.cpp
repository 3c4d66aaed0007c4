// explain_slices.cpp: what explain() says of slices: which labels were cut, and what that costs.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "api/compiled_state.hpp"
#include "api/describe.hpp"

namespace einc::detail {

void add_slicing(PlanSummary& summary, const compiler::Compilation& compilation, ir::Crew crew) {
  const ir::Slicing& slicing = compilation.executable.slicing;
  if (!slicing.is_sliced()) return;
  const Describe describe(compilation);
  for (const ir::Slice& slice : compilation.expression.slices) summary.sliced.push_back({describe.label(slice.label), slice.parts, slice.summed});
  summary.slices = slicing.slices();
  summary.tasks = slicing.tasks();
  summary.slicing_overhead = compilation.slicing_overhead;
  summary.once_bytes = slicing.once_bytes;
  summary.partial_bytes = slicing.partial_bytes;
  summary.workers = crew.workers;
  const auto slices = static_cast<double>(slicing.slices());
  double flops = 0, bytes = 0, seconds = compilation.predicted.call_seconds;
  for (std::size_t i = compilation.plan.beforehand; i < compilation.plan.steps.size(); ++i) {
    const double times = i < compilation.plan.once ? 1 : slices;
    flops += times * compilation.plan.steps[i].flops, bytes += times * compilation.plan.steps[i].bytes;
  }
  for (std::size_t i = compilation.executable.beforehand; i < summary.steps.size(); ++i) seconds += (i < slicing.once ? 1 : slices / crew.workers) * summary.steps[i].seconds;
  summary.naive_flops *= slices;
  summary.flops = flops, summary.bytes = bytes, summary.seconds = seconds;
}

std::string slices_text(const PlanSummary& summary) {
  if (summary.sliced.empty()) return "";
  std::string labels;
  for (const SlicedLabel& label : summary.sliced)
    labels += fmt::format("{}{} in {} parts{}", labels.empty() ? "" : ", ", label.label, label.parts, label.summed ? ", added up" : "");
  std::string text = fmt::format("slices  {}: the plan runs {} times, in {} task{}; {:.3g} times the flops of a plan that is not cut\n", labels, summary.slices, summary.tasks,
                                 summary.tasks == 1 ? "" : "s", summary.slicing_overhead);
  text += fmt::format("        {} computed once for all of them, {} of results a task{}\n", bytes(static_cast<double>(summary.once_bytes)), bytes(static_cast<double>(summary.partial_bytes)),
                      summary.workers > 1 ? fmt::format("; {} workers side by side", summary.workers) : "; one task after the other");
  return text;
}

}  // namespace einc::detail
