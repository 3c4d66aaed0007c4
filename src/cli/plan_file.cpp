// SPDX-License-Identifier: BSD-3-Clause
#include "cli/plan_file.hpp"

#include <fmt/format.h>

#include "cli/program_file.hpp"

namespace einc::cli {

std::string read_plan_file(const std::string& path) { return read_text_file(path, "plan"); }

Error naming_plan(const Error& error, const std::string& path) {
  if (path.empty() || error.code() != ErrorCode::bad_plan) return error;
  return {error.code(), fmt::format("`{}`: {}", path, error.sentence()), error.text(), error.marks(), error.hint()};
}

}  // namespace einc::cli
