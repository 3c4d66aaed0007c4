// program.cpp: how labels, places and faults of a program are written in messages.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/program.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace einc::ir {

std::string written(std::span<const LabelName> labels) {
  std::string text;
  for (const LabelName& label : labels) text += label;
  return text;
}

std::string place_of(const Origin& origin) {
  if (origin.line == 0) return {};
  return origin.file.empty() ? fmt::format(" at line {}", origin.line) : fmt::format(" at {}:{}", origin.file, origin.line);
}

bool holds(std::span<const LabelName> labels, std::string_view label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

Error fault(const Program& program, ErrorCode code, std::string_view operation, const Origin& origin, std::string_view sentence,
            std::string hint) {
  std::vector<Mark> marks;
  const bool in_text = origin.file.empty() && origin.span.begin < origin.span.end && origin.span.end <= program.text.size();
  if (in_text) marks.push_back({origin.span, {}});
  return Error(code, fmt::format("`{}`{}: {}", operation, place_of(origin), sentence), in_text ? program.text : std::string{},
               std::move(marks), std::move(hint));
}

}  // namespace einc::ir
