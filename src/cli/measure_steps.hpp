// measure_steps.hpp: how long each step of a compiled expression takes on this machine, on arrays filled by a formula.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <einc/einsum.hpp>

namespace einc::cli {

// The median of a few runs, for each step; about `seconds` in all, but one run at least. Throws Error (too_large) when the arrays do
// not fit into the memory of this machine.
std::vector<double> measure_steps(const Compiled& compiled, double seconds = 1);

}  // namespace einc::cli
