// choose_base: powers of two are cheaper than those of e. Where scores are products, masked or not, that nobody else sees, nor the largest
// of them, log2(e) joins the factor that they are multiplied by anyway, and the weights of a stream are powers of two.
// Knows one stream's steps; not how they are lowered.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/expression.hpp"
#include "ir/plan.hpp"

namespace einc::plan {

// `maximum` is the value that the stream finds as the largest of each row. Sets StreamPlan::powers_of_two and the factor of the scores;
// for a plan whose steps and results are there, and once for each.
void choose_base(ir::StreamPlan& plan, const ir::Expression& expression, ir::ValueId maximum);

}  // namespace einc::plan
