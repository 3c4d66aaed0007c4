// complex_parts: a contraction of complex arrays as one of real arrays, so that the tiles of real numbers do it at their speed.
//   c[m, (n, part)] = sum over (k, part') of a[m, (k, part')] * b'[(k, part'), (n, part)]
// where b' has re im in the row of a's real part and -im re in that of its imaginary part, made while b is packed. Where a is
// real, b stays what it is. Van Zee, Implementing high-performance complex matrix multiplication via the 1m method, 2020.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"
#include "ir/target.hpp"
#include "lower/assign_roles.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {

// The type of the two parts of a complex number.
constexpr DType part_of(DType dtype) { return dtype == DType::c64 ? DType::f32 : DType::f64; }

// a becomes b and b becomes a: m and n change places.
void exchange_sides(Roles& roles);

// Rewrites a contraction with loops over complex numbers; b is complex, a is or has the type of the parts; beside a real a
// nothing is conjugated.
TileChoice contract_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, const ir::Target& target);

}  // namespace einc::lower
