// calibrate.hpp: `einc calibrate`: measures this machine for the cost model, once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>

#include <einc/calibration.hpp>

namespace einc::cli {

// Says on `out` what was written, and with `list` every computation that was measured. False when it was interrupted: then the file is as it was. Throws Error.
bool calibrate(CalibrateRequest request, bool list, std::ostream& out);

}  // namespace einc::cli
