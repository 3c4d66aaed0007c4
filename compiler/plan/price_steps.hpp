// price_steps.hpp: writes into every step what it is predicted to cost, and why in words.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/plan.hpp"
#include "ir/target.hpp"

namespace einc::plan {

ir::Plan price_steps(ir::Plan plan, const ir::Expression& expression, const ir::Target& target);

}  // namespace einc::plan
