// arithmetic.hpp: a semiring as the user gave it becomes the arithmetic of an expression.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/semiring.hpp>

#include "ir/arithmetic.hpp"

namespace einc::compiler {

// Throws Error (bad_option, or what the text of a program throws) when a function of a custom semiring is none of x and y.
ir::Arithmetic arithmetic_of(const Semiring& semiring);

}  // namespace einc::compiler
