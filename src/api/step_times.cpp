// SPDX-License-Identifier: BSD-3-Clause
#include "api/step_times.hpp"

namespace einc::detail {

std::vector<StepTime> step_times(const compiler::Compilation& compilation, std::span<const double> measured) {
  std::vector<StepTime> times(compilation.plan.steps.size());
  for (std::size_t i = 0; i < compilation.notes.size(); ++i) {
    const lower::Note& note = compilation.notes[i];
    if (note.step == lower::Note::no_step) continue;
    times[note.step].predicted += compilation.predicted.instructions[i].seconds;
    if (!measured.empty()) times[note.step].measured += measured[i];
    if (note.then != lower::Note::no_step) times[note.then].inside = note.step;
  }
  return times;
}

namespace {

double runs_of(const compiler::Compilation& compilation, std::size_t instruction) {
  const ir::Slicing& slicing = compilation.executable.slicing;
  return instruction < slicing.once ? 1 : static_cast<double>(slicing.slices());
}

}  // namespace

std::vector<double> seconds_of_a_slice(const compiler::Compilation& compilation, std::span<const double> measured) {
  std::vector<double> seconds(measured.begin(), measured.end());
  for (std::size_t i = 0; i < seconds.size(); ++i) seconds[i] /= runs_of(compilation, i);
  return seconds;
}

double seconds_of_run(const compiler::Compilation& compilation, int workers, std::span<const double> measured) {
  double seconds = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) seconds += measured[i] * runs_of(compilation, i) / (i < compilation.executable.slicing.once ? 1 : workers);
  return seconds;
}

}  // namespace einc::detail
