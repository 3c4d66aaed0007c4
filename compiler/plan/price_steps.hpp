// price_steps.hpp: writes into every step what it is predicted to cost, and why in words.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/plan.hpp"
#include "plan/cost.hpp"

namespace einc::plan {

ir::Plan price_steps(ir::Plan plan, const CostModel& model);

}  // namespace einc::plan
