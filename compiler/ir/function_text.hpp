// function_text.hpp: how program texts write numbers and functions: as C++ does, with no more parentheses than it needs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "ir/scalar_code.hpp"

namespace einc::ir {

// A piece of program text, and how tightly its outermost operator binds: as many as the levels of C++ that programs use.
struct Phrase {
  enum Strength : int { disjunction = 1, conjunction, equality, order, sum, product, sign, whole };
  std::string text;
  int strength = whole;
};

Phrase phrase_of(double number);                                         // 2.5, -infinity, nan
Phrase phrase_of(Function function, std::span<const Phrase> arguments);  // `x + y`, `exp(x)`, `where(c, x, y)`
Phrase greater_phrase(Function function, const Phrase& y, const Phrase& x);  // less (y, x) as `x > y`

}  // namespace einc::ir
