// plan_progress.hpp: what the search for an order of contraction tells while it goes on, and how a caller ends it early.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

namespace einc {

struct PlanState {
  double seconds = 0;        // since this search began; a program has one for each contraction of many operands
  double share = 0;          // of the search that is behind it: 0 to 1
  double cost = 0;           // of the best order so far, in Options::objective
  std::uint64_t rounds = 0;  // that have ended
};

// compile() calls it about twenty times a second while it searches, from the thread it was called on. False ends the search, and the
// best order so far is taken; what it throws ends compile(). Searches of a few milliseconds may never call it.
using PlanProgress = std::function<bool(const PlanState&)>;

}  // namespace einc
