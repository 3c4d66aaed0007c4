// scalar.cpp: refuses texts whose result is more than one number.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/scalar.hpp>

#include <fmt/format.h>

namespace einc::detail {

void require_no_labels(std::string_view text) {
  const Subscripts subscripts = parse_subscripts(text);
  if (subscripts.fault.code != ErrorCode::none || subscripts.output.subscripts.empty()) return;
  std::string labels;
  for (const Subscript& subscript : subscripts.output.subscripts) labels += text.substr(subscript.span.begin, subscript.span.end - subscript.span.begin);
  std::vector<Mark> marks;
  if (subscripts.has_arrow) marks.push_back({subscripts.output.span, {}});
  else
    for (const Subscript& subscript : subscripts.output.subscripts)
      if (marks.size() < 3) marks.push_back({subscript.span, "occurs once, so the result has it"});
  const std::string_view terms = text.substr(0, std::min(text.find("->"), text.size()));
  throw Error(ErrorCode::no_scalar, fmt::format("the result has labels, `{}`, and a scalar has none", labels), std::string(text), std::move(marks),
              fmt::format("write `{}->` to sum over all labels, or call `einsum` for an array", terms));
}

}  // namespace einc::detail
