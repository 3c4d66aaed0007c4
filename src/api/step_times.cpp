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

}  // namespace einc::detail
