// calibration.hpp: the file of a machine's speeds: written, read and checked, and found once for a process.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/speeds.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::api {

// Whose speeds they are: a file with another key is another machine's, or an older release's.
std::string machine_key(const kernels::KernelTable& table);

std::string calibration_text(const ir::Speeds& speeds, const std::string& key);

struct ReadSpeeds {
  std::optional<ir::Speeds> speeds;
  std::string why_not;    // when there are none
  bool damaged = false;   // rather than of another machine
};
ReadSpeeds read_calibration(std::string_view text, const std::string& key);

// The speeds to plan with, and a sentence about where they are from. `chosen` is Options::calibration. A file is read once; forget_calibrations()
// makes the next call read again. Throws Error (bad_file) when a file the user named cannot be read or holds something else.
struct FoundSpeeds {
  ir::Speeds speeds;
  std::string from;
};
FoundSpeeds find_speeds(const std::string& chosen, const kernels::KernelTable& table);
void forget_calibrations();

// A file that appears whole or not at all, with the folders above it. Throws Error (bad_file).
void write_calibration(const std::string& path, const std::string& text);

}  // namespace einc::api
