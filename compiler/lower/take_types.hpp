// take_types: what becomes of a step whose arrays are not all of the type that is computed with: taken in while a contraction
// packs, read by a map that converts as it goes, or copied into that type first.
// Knows strides and types; not where in the program the step stands.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "lower/make_instruction.hpp"

namespace einc::lower {

struct Taking {
  bool as_map = false;                           // one pass of a map with a fold, each array read in its own type
  bool as_copy = false;                          // elements change places and nothing else
  bool as_sums = false;                          // halves are read as they lie and summed, alone or times halves of their type or numbers of the result's
  bool converts_lhs = false, converts_rhs = false;  // copied into the type that is computed with, signs changed
};

Taking take_types(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target);

// out = sum of lhs * rhs as a map; rhs null: of lhs. With the + and * of the arithmetic.
MadeMap make_product_map(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, DType dtype,
                         const ir::Arithmetic& arithmetic, Frame frame = {});

// out = array of the same type as a copy, and the map it becomes where the caller's scalars scale it.
MadeMap make_copy(const Strided& array, const Strided& out, std::span<const Extent> extents, DType dtype, const ir::Target& target);

// Where instructions take narrower arrays into the type they compute with, in words: "; bf16 becomes f32 while contractions pack", and why
// not in an instruction for two products where the target has one. Empty where all are of one type.
std::string where_taken(std::span<const ir::Instruction> code, std::span<const ir::Map> maps, const ir::Target& target);

// The labels of an array as they lie in memory, outermost first, without those it does not vary along.
ir::Term labels_in_memory(const Strided& array);

// The labels an array varies along, and those along which every position is the same element.
void split_repeated(const Strided& array, Strided& varying, Strided& repeated);

}  // namespace einc::lower
