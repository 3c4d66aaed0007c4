// SPDX-License-Identifier: BSD-3-Clause
#include "lower/column_groups.hpp"

#include <algorithm>

#include "lower/choose_tiles.hpp"

namespace einc::lower {
namespace {

// 24 multiply-adds take as long as reading one element of f32 (16.8 GB/s beside 176 GFLOP/s: Emerald Rapids, AVX-512, 2026-11).
constexpr double multiply_adds_a_read = 24;

// Lanes of whole vectors over those of a run.
double filled(Extent run, Extent lanes) { return static_cast<double>(round_up(run, lanes)) / static_cast<double>(run); }

}  // namespace

// Lines that a piece of so many elements touches, over those it fills.
double GroupCost::lines(Extent elements) const {
  const auto bytes = static_cast<double>(elements * element);
  return (bytes + line_bytes) / bytes;
}

double GroupCost::operator()(Group group) const {
  return k * lines(group.repeats) + 2 * m * lines(group.run) + m * k / multiply_adds_a_read * filled(group.run, lanes);
}

// A piece on a page of its own costs as much as 350 bytes more of it, and 1100 where more pages come between than the processor knows
// addresses of: columns of 24 rows and sums of 96 and 48, pieces of 192 to 1152 bytes, 16 to 48 runs (Emerald Rapids, 2026-11).
double TurnCost::pieces(Group group) const {
  constexpr double known = 350, unknown = 1100, known_pages = 1536;
  const auto bytes = static_cast<double>(group.run * element);
  const double page = !on_pages ? 0 : k * static_cast<double>(group.repeats) <= known_pages ? known : unknown;
  return (bytes + line_bytes + page) / bytes;
}

// Around the caches half a line costs far more than a whole one: runs of 24 floats take four times as long as runs of 48.
double TurnCost::written(Extent repeats) const {
  const auto bytes = static_cast<double>(repeats * element);
  return (bytes + (repeats == along_c || repeats * element % line_bytes == 0 ? line_bytes : 460)) / bytes;
}

double TurnCost::operator()(Group group) const {
  return k * (in_rows ? pieces(group) : 1) + 2 * m * written(group.repeats) + m * k / multiply_adds_a_read * filled(group.run, lanes);
}

Group choose_group(Extent along_c, Extent along_b, Extent panel, Extent room, const GroupCost& cost) {
  Group best;
  for (Extent run = 1; run <= std::min(along_c, room); ++run) {
    if (along_c % run != 0 || (run < panel && run != along_c)) continue;
    for (Extent repeats = 1; repeats <= along_b && round_up(run, cost.lanes) * repeats <= room; ++repeats)
      if (along_b % repeats == 0 && (best.run == 0 || cost({run, repeats}) < cost(best))) best = {run, repeats};
  }
  return best;
}

Group choose_turned(Extent along_c, Extent along_b, Extent next, Extent room, const TurnCost& cost) {
  Group best;
  for (Extent run = 1; run <= std::min(along_b * next, room); ++run) {
    if (run <= along_b ? along_b % run != 0 || (run < cost.lanes && run != along_b) : run % along_b != 0 || next % (run / along_b) != 0) continue;
    for (Extent repeats = 1; repeats <= along_c && run * repeats <= room; ++repeats)
      if (along_c % repeats == 0 && (best.run == 0 || cost({run, repeats}) < cost(best))) best = {run, repeats};
  }
  return best;
}

}  // namespace einc::lower
