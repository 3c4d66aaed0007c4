// copy_first.hpp: arrays whose labels lie in an order that tiles read or write badly are copied into another first, where that takes less
// time all in all. "aeb,cdea->badc" with a innermost in one array and outermost in the others: cdea becomes acde, and bacd becomes badc.
// Knows labels and strides, and whom to ask how long an instruction takes; not machines.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/target.hpp"
#include "lower/lower.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

// The orders of labels, outermost first, into which operands are copied before, and out of which the result is copied behind.
struct Copies {
  std::optional<ir::Term> lhs, rhs, out;
  double seconds = 0, direct_seconds = 0;  // predicted, with the copies and without
  bool any() const { return lhs || rhs || out; }
};

// The same for the inputs of a map, one an input.
struct MapCopies {
  std::vector<std::optional<ir::Term>> inputs;
  double seconds = 0, direct_seconds = 0;
};

// A dense array of these labels.
Strided dense_in(const ir::Term& labels, std::span<const Extent> extents, ir::BufferRef buffer = {});

// Decides all that is left of the loops and blocks of an instruction that make_contraction made.
void finish_contraction(Made& made, ir::NumberKind kind, const ir::Target& target);

// The best of all choices of arrays to copy, each with the labels that all three arrays have outside, then its own and those of the sum in
// either order, of up to 1 GiB together. None where it would save little, or the contraction takes little time.
Copies choose_copies(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target,
                     const InstructionSeconds& seconds);

// The inputs of a map of which elements that it meets one after the other lie apart, in the order of its result, those that it brings down behind: where that
// is predicted to take less time, one input after the other. `make`: the map, of inputs that lie elsewhere.
using MakeMap = std::function<MadeMap(const std::vector<MapSource>&)>;
MapCopies choose_map_copies(std::vector<MapSource> inputs, const Strided& out, std::span<const Extent> extents, const ir::Target& target, const InstructionSeconds& seconds, const MakeMap& make);

// A dense array for such a copy, of the type of the array; what is conjugated is so in the copy, as elements move as they are.
Strided copy_of(const Strided& array, const ir::Term& labels, std::span<const Extent> extents, ir::BufferRef buffer = {});
Strided as_it_is(Strided array);

}  // namespace einc::lower
