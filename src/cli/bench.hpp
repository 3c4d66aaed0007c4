// bench.hpp: `einc bench`: measures cases from files against the limits of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/measure.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

struct BenchRequest {
  std::vector<std::string> chosen;   // names or suites, `*` and `?` allowed, or paths of case files; empty: the suite main
  std::vector<std::string> filters;  // of those, only what matches one of these; empty: all
  std::string folder;                // of case files; empty: found by find_cases()
  bool small_only = false;
  bool list = false;                 // name the cases, measure nothing
  bool write_checksums = false;      // into the case files, measure nothing
  std::string json;                  // a path for the figures; "-": standard output, instead of the table
  MeasureOptions measure;
  Style style;
};

enum class BenchEnd { all_right, something_wrong, interrupted };

// Ctrl-C ends it after the call that runs, with what was measured so far. Throws Error for bad names and files.
BenchEnd bench(const BenchRequest& request, std::ostream& out);

}  // namespace einc::cli
