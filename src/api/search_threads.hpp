// search_threads.hpp: the runtime's threads for searches of the planner, which knows none.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/plan_progress.hpp>

#include "pipeline.hpp"

namespace einc::api {

// What a compilation gives its searches: so many threads, but no more than there are processors, and somebody who watches (may be null).
plan::SearchControl search_control(int threads, const PlanProgress& progress);

}  // namespace einc::api
