// interleaved_work.cpp: contractions whose batches lie side by side: a vector of batches for every element of a tile.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "predict/traffic.hpp"

namespace einc::predict {
Work interleaved_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  const double lanes = machine.lanes(instruction.dtype), element = static_cast<double>(bytes_of(instruction.dtype));
  double extents[4] = {1, 1, 1, 1}, inner[4] = {1, 1, 1, 1};  // of a role, and of its innermost loop
  for (const ir::Loop& loop : instruction.loops) {
    const auto role = static_cast<std::size_t>(loop.role);
    extents[role] *= static_cast<double>(loop.extent), inner[role] = static_cast<double>(loop.extent);
  }
  const auto [batch, m, n, k] = extents;
  const double vectors = batch / inner[0] * std::ceil(inner[0] / lanes);
  const double row_tiles = std::ceil(inner[1] / instruction.tiling.rows) * m / inner[1], column_tiles = std::ceil(inner[2] / instruction.tiling.columns) * n / inner[2];
  const double rows = m / row_tiles, columns = n / column_tiles;
  // Two multiply-adds and two loads a cycle, and four cycles from one sum to the next.
  const double step = std::max({rows * columns, rows + columns, 8.0}) * (instruction.tiling.pairs ? 2 : 1);
  const double flops = machine.target.flops({instruction.dtype, instruction.algebra}) * speeds.product_share;
  Work work;
  work.start = speeds.instruction_seconds;
  work.arithmetic = vectors * row_tiles * column_tiles * (k * step * 2 * lanes / flops + speeds.batch_seconds);
  const double read = bytes_of_array(instruction, &ir::Loop::a, element) + bytes_of_array(instruction, &ir::Loop::b, element);
  const double written = bytes_of_array(instruction, &ir::Loop::c, element), together = read + written;
  const double memory = together > static_cast<double>(machine.target.l1_bytes)
                            ? seconds_at(speeds.read_bytes, read, together, machine) +
                                  seconds_at({speeds.l1_bytes, speeds.l2_bytes, speeds.l3_bytes, speeds.memory_bytes}, written, together, machine)
                            : 0;
  // A vector of batches of each element lies far from that of the next: its line comes alone, and again for the next tile if the elements
  // of a vector of batches do not stay in the first level.
  const double near = (m * k + k * n + m * n) * line_bytes, once = together / line_bytes, again = vectors * row_tiles * column_tiles * k * (rows + columns);
  const bool far = batch * element > 2 * line_bytes && together > static_cast<double>(machine.target.l1_bytes);
  constexpr double hidden = 0.47;  // behind the multiplications of other tiles
  const double alone = !far ? 0 : hidden * (near > static_cast<double>(machine.target.l1_bytes) / 2 ? again : once) * speeds.row_line_seconds[1];
  work.memory = overlapped(work.arithmetic, memory) - work.arithmetic + alone;
  work.spread = batch * m * n * k < least_shared ? 1 : std::min<double>(machine.target.threads, vectors * row_tiles);
  return work;
}

}  // namespace einc::predict
