// contraction_seconds.hpp: how long a contraction takes by the order of its arrays: lowered and predicted like any other, for a planner
// that knows neither kernels nor machines; and how long an instruction takes, for lowering, which knows no machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "lower/lower.hpp"
#include "plan/layout_prices.hpp"

namespace einc::compiler {

// On one thread, so that a plan is the same for any number of them.
plan::ContractionSeconds contraction_seconds(const ir::Target& target);
lower::InstructionSeconds instruction_seconds(const ir::Target& target);

}  // namespace einc::compiler
