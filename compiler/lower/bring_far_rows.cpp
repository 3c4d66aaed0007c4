// SPDX-License-Identifier: BSD-3-Clause
#include "lower/bring_far_rows.hpp"

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {
namespace {

// The same positions of such rows are in one set of the first-level cache, which has 8 or 12 lines.
constexpr Extent lines_of_set = 8;

constexpr Extent least_panels = 4;  // fewer cost less to read in place

const ir::Loop* only_loop(const ir::Instruction& instruction, ir::Role role) {
  const ir::Loop* only = nullptr;
  for (const ir::Loop& loop : instruction.loops) {
    if (loop.role != role) continue;
    if (only != nullptr) return nullptr;
    only = &loop;
  }
  return only;
}

bool has_far_rows(const ir::Instruction& instruction) {
  const ir::Tiling& tiling = instruction.tiling;
  const bool floats = instruction.dtype == DType::f32 || instruction.dtype == DType::f64;
  if (instruction.kernel != ir::Kernel::contract || !floats || instruction.algebra != Algebra::plus_times || instruction.a.dtype) return false;
  if (tiling.pairs || tiling.rows_inside || tiling.rows <= lines_of_set || !instruction.frame.empty()) return false;
  const ir::Loop *const m = only_loop(instruction, ir::Role::m), *const k = only_loop(instruction, ir::Role::k);
  const Extent columns = extents_by_role(instruction.loops).n;
  if (m == nullptr || k == nullptr || k->a != 1 || columns < least_panels * tiling.columns || columns > ir::panels_read_in_place * tiling.columns) return false;
  return m->a != 0 && m->a * static_cast<Stride>(bytes_of(instruction.dtype)) % ir::page_bytes == 0;
}

}  // namespace

// 64 batches of 512 x 64 x 512, f32, rows 4 KiB apart: 15.2 -> 13.6 ms, 64 -> 68 % of peak, and 13.4 where they are neighbours. Of two panels,
// 2048 x 2048 x 64, copying takes what it gains; rows 2 KiB apart are in two sets, which hold them (Emerald Rapids, 2026-11).
void bring_far_rows(Made& made, const ir::Target& target) {
  if (!has_far_rows(made.instruction)) return;
  made.instruction.tiling.brings_rows = true;
  made.scratch_bytes = ir::contract_scratch(made.instruction.tiling, made.instruction.dtype).bytes;
  made.reason += fmt::format("; rows of a lie whole pages apart, which few lines of L1 of {} KiB are for, so each tile brings its own beside each other", target.l1_bytes / 1024);
}

}  // namespace einc::lower
