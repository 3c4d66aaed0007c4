// SPDX-License-Identifier: BSD-3-Clause
#include "lower/bring_far_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {
namespace {

// Rows whose places in a set of L1 are left to them while b streams through it. A page has a line in each of the sets, so L1 has as many lines a set as pages.
int rows_of_sets(const ir::Target& target) {
  constexpr std::int64_t for_b = 2, least = 4;
  return static_cast<int>(std::max(target.l1_bytes / ir::page_bytes - for_b, least));
}

const ir::Loop* only_loop(const ir::Instruction& instruction, ir::Role role) {
  const ir::Loop* only = nullptr;
  for (const ir::Loop& loop : instruction.loops) {
    if (loop.role != role) continue;
    if (only != nullptr) return nullptr;
    only = &loop;
  }
  return only;
}

// Whether tiles would read more such rows than have room there. `columns` meet them.
bool has_far_rows(const ir::Instruction& instruction, Extent columns, const ir::Target& target) {
  const ir::Tiling& tiling = instruction.tiling;
  const bool floats = instruction.dtype == DType::f32 || instruction.dtype == DType::f64;
  if (instruction.kernel != ir::Kernel::contract || !floats || instruction.algebra != Algebra::plus_times || instruction.a.dtype) return false;
  if (tiling.pairs || tiling.rows_inside || tiling.rows <= rows_of_sets(target) || !instruction.frame.empty()) return false;
  const ir::Loop *const m = only_loop(instruction, ir::Role::m), *const k = only_loop(instruction, ir::Role::k);
  return m != nullptr && k != nullptr && k->a == 1 && m->extent > rows_of_sets(target) && columns <= ir::panels_read_in_place * tiling.columns && are_pages_apart(m->a, instruction.dtype);
}

}  // namespace

// 64 batches of 512 x 64 x 512, f32, rows 4 KiB apart: 15.2 -> 13.6 ms, 64 -> 68 % of peak, and 13.4 where they are neighbours; rows 2 KiB apart are in two
// sets, which hold them (Emerald Rapids, 2026-11). Of two panels, 2048 x 2048 x 64, copying takes what it gains: 16 heads 107 -> 95 ms, with six rows a
// tile 81, two threads 74 -> 45 (Zen 4, 8 lines a set, 2026-11).
void bring_far_rows(Made& made, const ir::Target& target) {
  const Extent columns = extents_by_role(made.instruction.loops).n;
  if (!has_far_rows(made.instruction, columns, target)) return;
  ir::Tiling& tiling = made.instruction.tiling;
  made.reason += fmt::format("; rows of a lie whole pages apart, which few lines of L1 of {} KiB are for, so ", target.l1_bytes / 1024);
  if (columns >= least_far_panels * tiling.columns) {
    tiling.brings_rows = true;
    made.scratch_bytes = ir::contract_scratch(tiling, made.instruction.dtype).bytes;
    made.reason += "each tile brings its own beside each other";
  } else {
    tiling.rows = rows_of_sets(target);
    made.reason += fmt::format("tiles have {} of them, as few panels meet them", tiling.rows);
  }
}

}  // namespace einc::lower
