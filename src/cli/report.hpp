// report.hpp: measurements as lines for people and as JSON for programs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "cli/measure.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

// Three digits and a unit: "12.3 us".
std::string show_seconds(double seconds);

// "279 GFLOP/s" or "31.2 GB/s".
std::string show_rate(double units_a_second, bool flops);

// Lines of one width, so that they can be printed one by one.
class Table {
 public:
  Table(const std::vector<BenchCase>& cases, Style style);
  std::string head() const;
  std::string line(const Measurement& measurement) const;
  std::string failure(const BenchCase& bench_case, const std::string& why) const;

 private:
  std::size_t width_ = 4;  // of the names
  Style style_;
};

// The geometric mean of the shares, a line for each suite.
std::string summary(const std::vector<Measurement>& measurements);

// The command that measures one case again under the same conditions.
std::string rerun_command(const std::string& name, const MeasureOptions& options, int threads);

std::string to_json(const std::vector<Measurement>& measurements, const MeasureOptions& options, bool complete);

}  // namespace einc::cli
