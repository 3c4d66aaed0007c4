// calibration.hpp: measures how fast this machine is, once, so that plans are chosen and times predicted by what was measured.
// Without it einc takes the speeds of a general model of the processor. Results are the same numbers either way.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace einc {

struct CalibrateRequest {
  std::string output = {};  // the file to write; empty: calibration_path()
  std::string isa = {};     // as in Options
  int threads = 0;          // as in Options: of what is measured with several
  double seconds = 4;       // about so long in all
  std::function<bool()> stop = {};                                          // asked often: give up, the file stays as it was
  std::function<void(double share, const std::string& what)> progress = {};  // what is measured now
  std::function<double()> clock = {};                                       // in seconds; empty: the steady clock
};

// One computation that was measured, and what the model predicts for it afterwards: how well it fits.
struct CalibrationProbe {
  std::string what;
  double seconds = 0, predicted = 0;
};

struct Calibration {
  std::string path;         // what was written; empty when it was stopped
  std::size_t measured = 0; // figures that were measured
  std::size_t of = 0;       // of so many; the others are the model's
  std::vector<CalibrationProbe> probes;
};

// Measures and writes the file. Throws Error: bad_option, or bad_file when it cannot be written.
Calibration calibrate(const CalibrateRequest& request = {});

// Where the file of this machine is looked for when neither Options::calibration nor EINC_CALIBRATION says: in XDG_CACHE_HOME or ~/.cache,
// under a name that other machines and instruction sets do not have; empty without either. Throws Error: bad_option for kernels this machine cannot run.
std::string calibration_path(const std::string& isa = {});

}  // namespace einc
