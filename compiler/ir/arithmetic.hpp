// arithmetic.hpp: what + and * are in the contractions of an expression.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <einc/semiring.hpp>

#include "ir/scalar_code.hpp"

namespace einc::ir {

// What an instruction computes with: the type of its numbers, and which + and * they have.
struct NumberKind {
  DType dtype = DType::f32;  // never a half: those are computed in f32
  Algebra algebra = Algebra::plus_times;
  constexpr NumberKind() = default;
  constexpr NumberKind(DType of, Algebra in = Algebra::plus_times) : dtype(of), algebra(in) {}  // NOLINT: a type alone means its own + and *
  bool operator==(const NumberKind&) const = default;
};

std::string name_of(NumberKind kind);  // "f32", "f64 max-plus"; in target.cpp

struct Arithmetic {
  Algebra algebra = Algebra::plus_times;  // never or_and or count: these are the + and * of bool and of wide integers
  ScalarCode add, multiply;               // of a custom one, over arguments 0 and 1
  double zero = 0;                        // of a custom one: what an empty sum is
  bool operator==(const Arithmetic&) const = default;
};

}  // namespace einc::ir
