// search_control.hpp: what whoever asks for a plan gives a search: threads, and somebody who watches.
// Knows no threads: how tasks come to be side by side is the caller's affair.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <einc/plan_progress.hpp>

namespace einc::plan {

struct SearchControl {
  // Calls body once for each worker, side by side where it can, one of them on the calling thread; returns when all have ended, and
  // throws what one of them threw. Null: the calling thread does all.
  std::function<void(int workers, const std::function<void()>& body)> in_parallel = {};
  int workers = 1;
  PlanProgress progress = {};  // may be null
};

}  // namespace einc::plan
