// SPDX-License-Identifier: BSD-3-Clause
#include "ir/tiling_rules.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"

namespace einc::ir {
namespace {

std::string interleaved_fault(const Instruction& instruction) {
  Loop inner{};
  for (const Loop& loop : instruction.loops)
    if (loop.role == Role::batch) inner = loop;
  if (inner.a != 1 || inner.b != 1 || inner.c != 1) return "an interleaved contraction without batches side by side";
  const Tiling& t = instruction.tiling;
  if (t.pairs && (t.run % 2 != 0 || inner.extent % 2 != 0)) return fmt::format("{} lanes of {} parts of complex numbers", t.run, inner.extent);
  if (std::min({Extent{t.rows}, Extent{t.columns}, t.run, t.n_block, t.k_block}) < 1) return "an interleaved contraction without a tile";
  return {};
}

std::string small_fault(const Instruction& instruction) {
  const std::vector<Loop>& loops = instruction.loops;
  // Complex numbers that do not lie side by side in b: the loop over their parts is one more.
  const auto over_parts = [&](std::size_t i) { return instruction.tiling.pairs && loops[i] == Loop{Role::n, 2, 0, 1, 1} && loops[i - 1].role == Role::n && loops[i - 1].c == 2; };
  Extent columns = 1, sums = 1;  // copies of b have room for so many
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const bool second_sum = loops[i].role == Role::k && (i < 2 || loops[i - 2].role != Role::k);
    if (loops[i].role != Role::batch && !second_sum && i > 0 && loops[i - 1].role == loops[i].role && !over_parts(i)) return fmt::format("two loops over {} in a small contraction", name_of(loops[i].role));
    if (loops[i].role == Role::n) columns *= loops[i].extent;
    if (loops[i].role == Role::k) sums *= loops[i].extent;
    if (loops[i].role == Role::n && loops[i].c != 1 && !(i + 1 < loops.size() && over_parts(i + 1))) return fmt::format("loop {} over n has stride {} in c of a small contraction", i, loops[i].c);
  }
  if (columns > small_extent || sums > small_extent) return fmt::format("{} columns and {} summed positions in a small contraction", columns, sums);
  return {};
}

std::string turned_fault(const Instruction& instruction) {
  const Tiling& tiling = instruction.tiling;
  Extent rows = 1;
  for (const Loop& loop : instruction.loops) rows *= loop.role == Role::m ? loop.extent : 1;
  if (instruction.epilogue >= 0 || rows > tiling.m_block) return fmt::format("a turned contraction with blocks of {} rows", tiling.m_block);
  if (tiling.group % tiling.n_block != 0) return fmt::format("blocks of {} columns in turned groups of {}", tiling.n_block, tiling.group);
  return {};
}

std::string run_fault(const Instruction& instruction) {
  const Tiling& tiling = instruction.tiling;
  std::vector<Loop> n;
  std::copy_if(instruction.loops.begin(), instruction.loops.end(), std::back_inserter(n), [](const Loop& loop) { return loop.role == Role::n; });
  // Of a turned group two loops may make a run, one behind the other in b.
  const bool joined = tiling.turned && n.size() > 2 && n[n.size() - 2].b == n.back().extent * n.back().b && n[n.size() - 2].extent * n.back().extent == tiling.run;
  if (joined) n[n.size() - 2] = {Role::n, tiling.run, 0, n.back().b, n.back().c}, n.pop_back();
  if (n.size() < 2 || n.back().extent != tiling.run || (n.back().c != 1 && !tiling.turned && !tiling.runs_in_place))
    return fmt::format("a contraction with runs of {} columns", tiling.run);
  if (tiling.n_block % tiling.run != 0 && (tiling.group != 0 || tiling.unit != 0 || tiling.run % tiling.n_block != 0))
    return fmt::format("blocks of {} columns in runs of {}", tiling.n_block, tiling.run);
  if (tiling.unit != 0 && (tiling.group != 0 || tiling.unit % tiling.run != 0 || tiling.n_block % tiling.unit != 0))
    return fmt::format("blocks of {} columns in units of {}", tiling.n_block, tiling.unit);
  if (tiling.runs_in_place && (n.back().b != 1 || tiling.group + tiling.unit != 0 || instruction.b.dtype)) return "a contraction with runs that cannot be read in place";
  if (tiling.group == 0) return tiling.turned ? "a contraction turned without groups" : "";
  const Loop& around = n[n.size() - 2];
  if (tiling.group != tiling.run * around.extent || (tiling.turned ? around.c : around.b) != 1) return fmt::format("a contraction with groups of {} columns", tiling.group);
  if (tiling.turned) return turned_fault(instruction);
  if (tiling.n_block % tiling.group != 0) return fmt::format("blocks of {} columns in groups of {}", tiling.n_block, tiling.group);
  return {};
}

// Slices lie one behind another, each of them dense, where nobody but the sum that follows looks.
std::string slice_fault(const Instruction& instruction) {
  const int slices = instruction.tiling.k_slices;
  if (slices == 1) return {};
  Extent positions = 1;
  Stride last = 0;
  bool backwards = false;
  for (const Loop& loop : instruction.loops) {
    if (loop.role == Role::k) positions *= loop.extent;
    last += loop.c * (loop.extent - 1), backwards = backwards || loop.c < 0;
  }
  const Extent units = (positions + slice_unit - 1) / slice_unit;
  if (slices < 1 || slices > units) return fmt::format("a contraction with {} k slices of {} positions", slices, positions);
  if (instruction.c.place != Place::arena || instruction.c.dtype || instruction.write != Write::store || instruction.epilogue >= 0)
    return fmt::format("{} k slices that nobody adds up", slices);
  if (backwards || last + 1 != slice_elements(instruction)) return fmt::format("{} k slices of {} results that reach to {}", slices, slice_elements(instruction), last);
  return {};
}

}  // namespace

Extent slice_elements(const Instruction& instruction) {
  Extent elements = 1;
  for (const Loop& loop : instruction.loops) elements *= loop.role == Role::k ? 1 : loop.extent;
  return elements;
}

std::string tiling_fault(const Instruction& instruction) {
  const Tiling& tiling = instruction.tiling;
  if (instruction.kernel == Kernel::interleaved) return interleaved_fault(instruction);
  if (instruction.kernel == Kernel::small)
    if (std::string fault = small_fault(instruction); !fault.empty()) return fault;
  if (instruction.kernel != Kernel::contract && instruction.kernel != Kernel::small) return {};
  if (tiling.rows < 1 || tiling.columns < 1) return fmt::format("a contraction with a tile of {}x{}", tiling.rows, tiling.columns);
  if (instruction.kernel == Kernel::small) return {};
  if (tiling.m_block < 1 || tiling.n_block < 1 || tiling.k_block < 1)
    return fmt::format("a contraction with blocks m {} n {} k {}", tiling.m_block, tiling.n_block, tiling.k_block);
  if (tiling.quads && !multiplies_bytes(instruction)) return fmt::format("a contraction of {} in quads", name_of(instruction.dtype));
  if (tiling.duos && !multiplies_bf16(instruction)) return fmt::format("a contraction of {} in duos", name_of(instruction.dtype));
  if (tiling.run != 0 || tiling.unit != 0 || tiling.group != 0)
    if (std::string fault = run_fault(instruction); !fault.empty()) return fault;
  return slice_fault(instruction);
}

}  // namespace einc::ir
