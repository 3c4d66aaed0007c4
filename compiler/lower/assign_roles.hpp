// assign_roles: the labels of a step become loops: batch, m, n or k by which arrays have them, merged where memory allows.
// "bqhc,bkhc->bhqk" is batch (b)(h), m (q), n (k), k (c).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "ir/executable.hpp"
#include "ir/expression.hpp"

namespace einc::lower {

// An array of a step: which labels it has, where they stand in memory, and where the array lives.
struct Strided {
  ir::Term labels;  // each once
  Strides strides;  // in elements
  ir::BufferRef buffer;
  bool conjugated = false;  // an operand whose imaginary parts change their sign
};

struct Roles {
  std::vector<ir::Loop> loops;  // batch, m, n, k; outermost first inside each role
  std::vector<Label> labels;    // of each loop: the label it steps along, the innermost of those merged in it
  bool swapped = false;         // a of the loops is rhs, b is lhs
};

// rhs is null for a step on one value. Labels the result does not have are k.
// b is the operand that has the result's stride-1 label, so that vectors lie along n and are stored whole.
// Loops merge where the arrays `beside`, which the step does not read, would walk them as one too.
Roles assign_roles(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents,
                   std::span<const Strided> beside = {});

// Stride of an array along a label; zero where it does not have it.
Stride stride_of(const Strided& array, Label label);

}  // namespace einc::lower
