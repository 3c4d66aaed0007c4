// SPDX-License-Identifier: BSD-3-Clause
#include "cli/plan.hpp"

#include <optional>

#include "cli/output_file.hpp"

namespace einc::cli {

void plan(const PlanRequest& request, std::ostream& out) {
  std::optional<OutputFile> file;  // opened first: a place that cannot be written is known before the search
  if (!request.output.empty() && request.output != "-") file.emplace(request.output);
  const std::string json = compile_for(request.what).plan_json();
  if (!file) {
    out << json;
    return;
  }
  file->write(json.data(), json.size());
  file->commit();
}

}  // namespace einc::cli
