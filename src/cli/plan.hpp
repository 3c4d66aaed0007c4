// plan.hpp: `einc plan`: the plan of an einsum or a program as a file, for `--plan` and for other processes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>

#include "cli/explain.hpp"

namespace einc::cli {

struct PlanRequest {
  ExplainRequest what;
  std::string output = {};  // the file; "-" or empty: standard output
};

// Throws Error, and then leaves no file behind.
void plan(const PlanRequest& request, std::ostream& out);

}  // namespace einc::cli
