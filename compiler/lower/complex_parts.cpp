// SPDX-License-Identifier: BSD-3-Clause
#include "lower/complex_parts.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

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

TileChoice contract_in_parts(ir::Instruction& instruction, const Strided& a, const Strided& b, const ir::Target& target) {
  const bool real_a = a.buffer.dtype.has_value();
  for (Loop& loop : instruction.loops) {
    if (!real_a) loop.a *= 2;
    loop.b *= 2, loop.c *= 2;
  }
  add_parts(instruction.loops, {Role::n, 2, 0, 1, 1});
  if (!real_a) add_parts(instruction.loops, {Role::k, 2, 1, 1, 0});
  instruction.dtype = part_of(instruction.dtype);
  if (real_a) instruction.a.dtype = {};
  else count_parts(instruction.a);
  count_parts(instruction.b), count_parts(instruction.c);
  instruction.complex_parts = !real_a;
  instruction.conjugate_a = a.conjugated;
  instruction.conjugate_b = b.conjugated;
  TileChoice choice = choose_tiles(extents_by_role(instruction.loops), instruction.dtype, target);
  choice.reason += real_a ? "; a is real, b complex: each part of b meets a as it is" : "; complex numbers as pairs of real ones, packed for it (1m)";
  if (instruction.conjugate_a || instruction.conjugate_b) choice.reason += ", signs changed on the way";
  return choice;
}

}  // namespace einc::lower
