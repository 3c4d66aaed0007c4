// complex_parts: a contraction of complex arrays as one of their parts, side by side in memory, so that b and c are rows of real numbers.
//   c[m, (n, part)] = sum over k of re a[m, k] * b[k, (n, part)] and of im a[m, k] * b[k, (n, part)]
// in two sums, which tiles of pairs (Tiling::pairs) make one number of when they are done. Nothing is packed that would not be packed of real
// arrays. Where a is real, there is one sum, and the tiles are those of real numbers.
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

// What rewrites a contraction with loops over complex numbers as one over their parts. `choice` counts numbers; the one that comes back parts.
// Both arrays are complex, and batches that lie side by side have a lane for each part.
TileChoice interleave_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, TileChoice choice);
// The same with parts as columns.
TileChoice small_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, TileChoice choice);
// b is complex, a is or has the type of the parts; beside a real a nothing is conjugated.
TileChoice contract_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, const ir::Target& target);

}  // namespace einc::lower
