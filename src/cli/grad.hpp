// grad.hpp: the command that prints the program of gradients.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace einc::cli {

struct GradRequest {
  std::string text, program;         // an einsum, or the file of a program
  std::string output;                // empty: the only one
  std::vector<std::string> inputs;   // empty: all
  bool keep_outputs = false;
};

void grad(const GradRequest& request, std::ostream& out);

}  // namespace einc::cli
