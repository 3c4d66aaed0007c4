// SPDX-License-Identifier: BSD-3-Clause
#include "lower/complex_parts.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ir/contract_scratch.hpp"

namespace einc::lower {
namespace {

using ir::Loop;
using ir::Role;

// Inner loops over the parts; a neighbour that steps over whole numbers side by side takes them in.
void add_parts(std::vector<Loop>& loops, const Loop& parts) {
  const auto after = std::find_if(loops.begin(), loops.end(), [&](const Loop& loop) { return loop.role > parts.role; });
  if (after != loops.begin()) {
    Loop& outer = *std::prev(after);
    if (outer.role == parts.role && outer.a == 2 * parts.a && outer.b == 2 * parts.b && outer.c == 2 * parts.c) {
      outer = {parts.role, 2 * outer.extent, parts.a, parts.b, parts.c};
      return;
    }
  }
  loops.insert(after, parts);
}

void count_parts(ir::BufferRef& array) {
  array.offset *= 2;
  array.dtype = {};
}

}  // namespace

void exchange_sides(Roles& roles) {
  roles.swapped = !roles.swapped;
  std::vector<std::size_t> order(roles.loops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (Loop& loop : roles.loops) {
    std::swap(loop.a, loop.b);
    if (loop.role == Role::m) loop.role = Role::n;
    else if (loop.role == Role::n) loop.role = Role::m;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return roles.loops[x].role < roles.loops[y].role; });
  Roles sorted;
  sorted.swapped = roles.swapped;
  for (std::size_t i : order) sorted.loops.push_back(roles.loops[i]), sorted.labels.push_back(roles.labels[i]);
  roles = std::move(sorted);
}

namespace {

// Strides, offsets and the type: all but the loop over parts.
void take_parts(ir::Instruction& instruction, const Strided& a, const Strided& b) {
  const bool real_a = a.buffer.dtype.has_value();
  for (Loop& loop : instruction.loops) {
    if (!real_a) loop.a *= 2;
    loop.b *= 2, loop.c *= 2;
  }
  instruction.dtype = part_of(instruction.dtype);
  if (real_a) instruction.a.dtype = {};
  else count_parts(instruction.a);
  count_parts(instruction.b), count_parts(instruction.c);
  if (!real_a) instruction.conjugate_a = a.conjugated, instruction.conjugate_b = b.conjugated;
}

constexpr Loop parts_of_columns{Role::n, 2, 0, 1, 1};

std::string what_conjugates(const ir::Instruction& instruction) {
  return instruction.conjugate_a || instruction.conjugate_b ? ", signs change when a tile is done" : "";
}

}  // namespace

TileChoice interleave_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, TileChoice choice) {
  take_parts(instruction, a, b);
  for (Loop& loop : instruction.loops)
    if (loop.role == Role::batch && loop.a == 2 && loop.b == 2 && loop.c == 2) loop = {Role::batch, 2 * loop.extent, 1, 1, 1};
  choice.tiling.pairs = true;
  choice.tiling.run *= 2;
  choice.reason += "; complex numbers as pairs of parts, a lane each" + what_conjugates(instruction);
  return choice;
}

TileChoice small_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, TileChoice choice) {
  take_parts(instruction, a, b);
  add_parts(instruction.loops, parts_of_columns);
  choice.tiling.pairs = true;
  choice.tiling.columns *= 2;
  choice.reason += "; complex numbers as pairs of parts: every part of b meets both of a" + what_conjugates(instruction);
  return choice;
}

TileChoice contract_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, const ir::Target& target) {
  const ContractExtents extents = extents_by_role(instruction.loops);
  const DType numbers = instruction.dtype;
  take_parts(instruction, a, b);
  add_parts(instruction.loops, parts_of_columns);
  if (a.buffer.dtype) {
    TileChoice choice = choose_tiles(extents_by_role(instruction.loops), instruction.dtype, target);
    choice.reason += "; a is real, b complex: each part of b meets a as it is";
    return choice;
  }
  TileChoice choice = choose_tiles(extents, numbers, target);
  choice.tiling.pairs = true;
  choice.tiling.columns *= 2, choice.tiling.n_block *= 2;
  choice.scratch_bytes = ir::contract_scratch(choice.tiling, instruction.dtype).bytes;
  choice.reason = reason_of(choice.tiling, instruction.dtype, target) + "; complex numbers as pairs of parts: every part of b meets both of a" + what_conjugates(instruction);
  return choice;
}

}  // namespace einc::lower
