// SPDX-License-Identifier: BSD-3-Clause
#include "lower/group_columns.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"
#include "lower/choose_tiles.hpp"

namespace einc::lower {
namespace {

constexpr Extent line_bytes = 64;

Extent round_up(Extent value, Extent unit) { return (value + unit - 1) / unit * unit; }

// Columns of a run, and how many runs make a group.
struct Group {
  Extent run = 0, repeats = 0;
};

// What a contraction of m rows and a sum of k costs a column, in units of reading one element from memory.
struct GroupCost {
  double m, k;
  Extent element, lanes;

  // Lines that a piece of so many elements touches, over those it fills.
  double lines(Extent elements) const {
    const auto bytes = static_cast<double>(elements * element);
    return (bytes + line_bytes) / bytes;
  }
  // Elements of c are read and written; 24 multiply-adds take as long as reading one element.
  double operator()(Group group) const {
    const double filled = static_cast<double>(round_up(group.run, lanes)) / static_cast<double>(group.run);
    return k * lines(group.repeats) + 2 * m * lines(group.run) + m * k / 24 * filled;
  }
};

// The parts into which two loops are split, so that at most `room` columns are packed together; none if no parts are that small.
Group choose_group(Extent along_c, Extent along_b, Extent room, const GroupCost& cost) {
  Group best;
  for (Extent run = 1; run <= std::min(along_c, room); ++run) {
    if (along_c % run != 0 || (run < cost.lanes && run != along_c)) continue;
    for (Extent repeats = 1; repeats <= along_b && round_up(run, cost.lanes) * repeats <= room; ++repeats)
      if (along_b % repeats == 0 && (best.run == 0 || cost({run, repeats}) < cost(best))) best = {run, repeats};
  }
  return best;
}

}  // namespace

void group_columns(Made& made, ir::NumberKind kind, const ir::Target& target) {
  ir::Instruction& instruction = made.instruction;
  const bool floats = kind == DType::f32 || kind == ir::NumberKind(DType::f64);
  if (instruction.kernel != ir::Kernel::contract || !floats || instruction.b.dtype) return;
  std::vector<ir::Loop>& loops = instruction.loops;
  const auto is_n = [](const ir::Loop& loop) { return loop.role == ir::Role::n; };
  const auto first = std::find_if(loops.begin(), loops.end(), is_n), last = std::find_if_not(first, loops.end(), is_n);
  if (last - first < 2) return;
  const auto element = static_cast<Extent>(bytes_of(kind.dtype));
  const ir::Loop along_c = *std::prev(last);
  const auto found = std::find_if(first, std::prev(last), [](const ir::Loop& loop) { return loop.b == 1; });
  if (found == std::prev(last) || along_c.c != 1 || std::abs(along_c.b) * element < line_bytes) return;
  const ir::Loop along_b = *found;

  const ContractExtents extents = extents_by_role(loops);
  ir::Tiling& tiling = instruction.tiling;
  const GroupCost cost{static_cast<double>(extents.m), static_cast<double>(extents.k), element, target.vector_bytes / element};
  const Extent l2_room = target.l2_bytes * 3 / 4 / (tiling.k_block * element);
  const Group group = choose_group(along_c.extent, along_b.extent, l2_room, cost);
  if (group.run == 0 || group.repeats < 4) return;

  const auto labels = made.labels.begin() + (first - loops.begin());
  const Label label_c = labels[last - first - 1], label_b = labels[found - first];
  const auto part = [](ir::Loop loop, Extent step, Extent extent) {
    loop.extent = extent, loop.a *= step, loop.b *= step, loop.c *= step;
    return loop;
  };
  std::vector<ir::Loop> grouped;
  std::vector<Label> grouped_labels;
  const auto push = [&](const ir::Loop& loop, Label label) {
    if (loop.extent > 1) grouped.push_back(loop), grouped_labels.push_back(label);
  };
  for (auto loop = first; loop != std::prev(last); ++loop)
    if (loop != found) push(*loop, labels[loop - first]);
  push(part(along_c, group.run, along_c.extent / group.run), label_c);
  push(part(along_b, group.repeats, along_b.extent / group.repeats), label_b);
  push(part(along_b, 1, group.repeats), label_b);
  push(part(along_c, 1, group.run), label_c);
  made.labels.insert(made.labels.erase(labels, labels + (last - first)), grouped_labels.begin(), grouped_labels.end());
  loops.insert(loops.erase(first, last), grouped.begin(), grouped.end());

  tiling.run = group.run, tiling.group = group.run * group.repeats;
  const Extent groups = std::max<Extent>(l2_room / (round_up(group.run, cost.lanes) * group.repeats), 1);
  tiling.n_block = std::min(groups * tiling.group, extents.n);
  made.scratch_bytes = ir::contract_scratch(tiling, kind.dtype).bytes;
  made.reason += fmt::format("; neighbours of the result lie apart in b, so {} columns along it are packed for {} of its neighbours at once",
                             group.run, group.repeats);
}

}  // namespace einc::lower
