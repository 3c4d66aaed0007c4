// views.cpp: which memory a view shows, or why there is none.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/views.hpp>

#include <algorithm>

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

// The layout of a view; false, and nothing to be used, where text and array do not fit: binding says how.
bool lay_out(const Subscripts& subscripts, std::span<const Extent> extents, std::span<const Stride> strides, ViewLayout& layout) {
  constexpr std::uint32_t covered = ~std::uint32_t{0};  // by the ellipsis
  const auto ellipses = std::count_if(subscripts.operands[0].subscripts.begin(), subscripts.operands[0].subscripts.end(), [](const Subscript& label) { return label.ellipsis; });
  if (strides.size() != extents.size() || ellipses > 1) return false;
  std::size_t written = 0;
  for (const Subscript& label : subscripts.operands[0].subscripts) written += label.ellipsis ? 0 : 1;
  if (written > extents.size() || (written < extents.size() && written == subscripts.operands[0].subscripts.size())) return false;
  std::vector<std::uint32_t> names;  // of each place of the array
  names.reserve(extents.size());
  for (const Subscript& label : subscripts.operands[0].subscripts) names.insert(names.end(), label.ellipsis ? extents.size() - written : 1, label.ellipsis ? covered : label.name);
  double count = 1;
  for (const Extent extent : extents) {
    if (extent < 0) return false;
    count *= static_cast<double>(extent);
  }
  layout.extents.reserve(names.size()), layout.strides.reserve(names.size());
  bool shows_covered = written == extents.size();
  for (const Subscript& label : subscripts.output.subscripts) {
    Stride stride = 0;  // of a diagonal: a step along every place the label has
    Extent extent = -1;
    for (std::size_t at = 0; at < names.size(); ++at) {
      if (label.ellipsis && names[at] == covered) layout.extents.push_back(extents[at]), layout.strides.push_back(strides[at]);
      if (label.ellipsis || names[at] != label.name) continue;
      if (extent >= 0 && extent != extents[at]) return false;
      extent = extents[at], stride += strides[at];
    }
    if (label.ellipsis) shows_covered = true;
    else layout.extents.push_back(extent), layout.strides.push_back(stride);
  }
  return shows_covered && count < 0x1p57 && !bind::reaches_too_far(extents, strides);
}

}  // namespace

ViewLayout view_layout(std::string_view text, std::span<const Extent> extents, std::span<const Stride> strides) {
  const Subscripts subscripts = parse_subscripts(text);
  if (subscripts.fault.code == ErrorCode::none) {
    check_view(text, subscripts);
    if (ViewLayout layout; lay_out(subscripts, extents, strides, layout)) return layout;
  }
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
