// run.hpp: `einc run`: computes an einsum of arrays in .npy files.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <einc/options.hpp>

namespace einc::cli {

struct RunRequest {
  std::string text;
  std::vector<std::string> inputs;
  std::string output = {};  // a path, "-" for standard output as .npy, empty to print the numbers
  int precision = 0;   // digits printed; 0: all that the element type holds
  Options options = {};  // dtype is taken from the files
};

// Throws Error, and then leaves no output behind.
void run(const RunRequest& request, std::ostream& out);

}  // namespace einc::cli
