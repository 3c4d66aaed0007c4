// views.cpp: which memory a view shows, or why there is none.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/views.hpp>

#include <fmt/format.h>

#include "pipeline.hpp"

namespace einc::detail {
namespace {

constexpr const char* otherwise = "call `einsum`, which computes into an array of its own";

// The places of a label in one term.
std::vector<Mark> marks_of(const SubscriptTerm& term, std::uint32_t name) {
  std::vector<Mark> marks;
  for (const Subscript& subscript : term.subscripts)
    if (subscript.name == name && marks.size() < 2) marks.push_back({subscript.span, {}});
  return marks;
}

void check_view(std::string_view text, const Subscripts& subscripts) {
  const ViewFault fault = find_view_fault(subscripts);
  const std::string label(text.substr(fault.at.span.begin, fault.at.span.end - fault.at.span.begin));
  switch (fault.why) {
    case NoView::none: return;
    case NoView::several_operands:
      throw Error(ErrorCode::no_view, fmt::format("a view has one operand, the text has {}", subscripts.operands.size()), std::string(text),
                  {{subscripts.operands[1].span, "the second operand"}}, otherwise);
    case NoView::sum:
      throw Error(ErrorCode::no_view, fmt::format("a view sums nothing, and label `{}` is not in the result", label), std::string(text),
                  marks_of(subscripts.operands[0], fault.at.name), otherwise);
    case NoView::repeated_label:
      throw Error(ErrorCode::no_view, fmt::format("a view has no place for label `{}` twice in the result: what is off the diagonal is in no array", label), std::string(text),
                  marks_of(subscripts.output, fault.at.name), otherwise);
  }
}

}  // namespace

ViewLayout view_layout(std::string_view text, std::span<const Extent> extents, std::span<const Stride> strides) {
  const Subscripts subscripts = parse_subscripts(text);
  if (subscripts.fault.code == ErrorCode::none) check_view(text, subscripts);
  const bind::Layout operand{extents, strides};
  const bind::Bound bound = compiler::bind_text(text, {&operand, 1}, Options{});
  const ir::Value& array = bound.expression.values[0];
  ViewLayout layout{bound.shapes[0], {}};
  for (const Label label : bound.expression.outputs[0].labels) {
    Stride stride = 0;  // of a diagonal: a step along every place the label has
    for (std::size_t at = 0; at < array.labels.size(); ++at)
      if (array.labels[at] == label) stride += array.strides[at];
    layout.strides.push_back(stride);
  }
  return layout;
}

}  // namespace einc::detail
