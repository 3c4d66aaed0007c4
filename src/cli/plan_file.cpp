// SPDX-License-Identifier: BSD-3-Clause
#include "cli/plan_file.hpp"

#include <fmt/format.h>

#include "cli/program_file.hpp"

namespace einc::cli {

std::string read_plan_file(const std::string& path) {
  std::string text = read_text_file(path, "plan");
  if (text.empty()) throw Error(ErrorCode::bad_plan, "the plan is empty", {}, {}, "plans are written by `einc plan`");
  return text;
}

Error naming_plan(const Error& error, const std::string& path) {
  if (path.empty() || error.code() != ErrorCode::bad_plan) return error;
  return {error.code(), fmt::format("`{}`: {}", path, error.sentence()), error.text(), error.marks(), error.hint()};
}

}  // namespace einc::cli
