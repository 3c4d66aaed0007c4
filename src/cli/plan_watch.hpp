// plan_watch.hpp: a line of progress while an order of contraction is searched for; Ctrl-C takes the best so far.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <einc/options.hpp>
#include <einc/plan_progress.hpp>

#include "cli/interrupt_watch.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

// Lives as long as one compile(). The first interrupt ends the search, not the program; a second one, should the rest take too long, does.
class PlanWatch {
 public:
  explicit PlanWatch(const Options& options) : options_(options) {}
  PlanProgress progress() {
    return [this](const PlanState& state) { return heard(state); };
  }

 private:
  bool heard(const PlanState& state);

  const Options& options_;
  InterruptWatch interrupts_;
  Progress line_{true};
};

// "planning [####........] 38 %  best 1.2e+09 flops, 7 rounds; Ctrl-C takes it"
std::string line_of(const PlanState& state, Objective objective);

}  // namespace einc::cli
