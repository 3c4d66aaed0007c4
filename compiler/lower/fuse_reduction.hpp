// fuse_reduction: a map that only a sum or an extreme reads is computed inside it: "sum of exp(s - m)" never writes exp(s - m).
// Knows steps and who reads them; no strides.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/plan.hpp"

namespace einc::lower {

inline constexpr std::size_t no_reduction = ~std::size_t{0};

// The step that alone reads map `step` and brings it down; no_reduction where there is none.
std::size_t reduction_behind(const ir::Expression& expression, const ir::Plan& plan, std::size_t step);

// How a step brings its argument down: a lone sum, or the largest or smallest; none for any other step.
ir::Fold fold_of(const ir::Expression& expression, const ir::Step& step);

}  // namespace einc::lower
