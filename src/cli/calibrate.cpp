// SPDX-License-Identifier: BSD-3-Clause
#include "cli/calibrate.hpp"

#include <fmt/format.h>

#include "cli/interrupt_watch.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

bool calibrate(CalibrateRequest request, bool list, std::ostream& out) {
  const InterruptWatch watch;
  Progress progress(true);
  request.stop = InterruptWatch::interrupted;
  request.progress = [&](double share, const std::string& what) { progress.show(fmt::format("[{:3.0f} %] {}", 100 * share, what)); };
  const Calibration done = einc::calibrate(request);
  progress.clear();
  if (done.path.empty()) {
    out << "interrupted: nothing was written\n";
    return false;
  }
  out << fmt::format("{}: {} of {} figures measured{}\n", done.path, done.measured, done.of, done.measured < done.of ? ", the others are those of the general model" : "");
  for (const CalibrationProbe& probe : done.probes)
    if (list) out << fmt::format("  {:<32} {:>10}, the model says {:>10}\n", probe.what, show_seconds(probe.seconds), show_seconds(probe.predicted));
  return true;
}

}  // namespace einc::cli
