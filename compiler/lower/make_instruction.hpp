// make_instruction: one step on arrays with strides becomes one instruction: roles, kernel, tiles, and why.
// Knows labels, strides and Target; not where in the program the step stands.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/target.hpp"
#include "lower/assign_roles.hpp"

namespace einc::lower {

struct Made {
  ir::Instruction instruction;
  std::string reason;
  std::int64_t scratch_bytes = 0;  // of one thread
  std::vector<Label> labels = {};  // of a contraction's loops: the label each steps along
};

// The labels of the loops around the tiles of a stream, outermost first; none outside of streams.
using Frame = std::span<const Label>;

// out = factor * sum of lhs * rhs; rhs null: a sum, or a copy into another order. `beside`: see assign_roles; `spreads`: choose_small.
// Arrays of other types than that of `kind` are taken by contractions alone, and only those of takes_in_packing() and takes_as_quads().
Made make_contraction(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind,
                      const ir::Target& target, Frame frame = {}, std::span<const Strided> beside = {}, bool spreads = true);

// Whether a product of two arrays has two free sides and a sum: what tiles are for.
bool is_contraction(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents);

// Whether an array says nothing of itself but where it lies: it has the type that is computed with.
bool is_plain(const Strided& array);

// Whether a contraction takes an array of another type as it packs: narrower floats, real numbers beside complex ones of the
// same precision, and the sign of imaginary parts.
bool takes_in_packing(const Strided& array, ir::NumberKind kind);

// Whether a contraction takes both arrays as bytes and packs them in quads: there is an instruction for such sums of 32 bits.
bool takes_as_quads(const Strided& lhs, const Strided& rhs, ir::NumberKind kind, const ir::Target& target);

// Whether a contraction takes both arrays as bf16 and packs them in duos: there is an instruction for their products that is the faster one.
bool takes_as_duos(const Strided& lhs, const Strided& rhs, ir::NumberKind kind, const ir::Target& target);

// Why bf16 is not packed in duos though the target can multiply them, in words that follow others; empty where there is nothing to say.
std::string why_not_duos(const ir::BufferRef& a, const ir::BufferRef& b, ir::NumberKind kind, const ir::Target& target);

// Whether one of the arrays has neighbours in memory along some label, or there is only one element.
bool unit_stride_somewhere(const ir::Instruction& instruction);

// One input of a map before it has loops.
struct MapSource {
  bool position = false;  // the position along the only label of `array`
  Strided array;
};
struct MadeMap {
  Made made;
  ir::Map map;  // the caller finds a place for it and writes the place into made.instruction.detail
};

// out = code at every position; what out lacks of the inputs' labels is folded.
MadeMap make_map(const std::vector<MapSource>& inputs, ir::ScalarCode code, ir::Fold fold, const Strided& out,
                 std::span<const Extent> extents, DType dtype, Frame frame = {});

// Steps of an array along the loops of a frame; none for what a tile holds itself.
std::vector<Stride> frame_strides(const Strided& array, Frame frame);

}  // namespace einc::lower
