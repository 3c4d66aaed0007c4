// step_times.hpp: how long each step of a plan takes, predicted and measured: the sums over the instructions that do it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pipeline.hpp"

namespace einc::detail {

struct StepTime {
  double predicted = 0, measured = 0;  // 0 where another step does it, or nobody does
  std::size_t inside = lower::Note::no_step;  // the step whose instruction does this one, too
};

// measured: seconds of every instruction, of one slice where the plan is cut; or empty.
std::vector<StepTime> step_times(const compiler::Compilation& compilation, std::span<const double> measured);

// Of seconds in all slices together: as many in one of them, as what is predicted of a step.
std::vector<double> seconds_of_a_slice(const compiler::Compilation& compilation, std::span<const double> measured);
// Of seconds in one slice, by so many workers side by side: of the whole run.
double seconds_of_run(const compiler::Compilation& compilation, int workers, std::span<const double> measured);

}  // namespace einc::detail
