// SPDX-License-Identifier: BSD-3-Clause
#include "predict/traffic.hpp"

#include <algorithm>
#include <cmath>

namespace einc::predict {

double lines_of(std::vector<Walk> loops, double element_bytes) {
  std::erase_if(loops, [](const Walk& loop) { return loop.extent <= 1 || loop.stride == 0; });
  std::sort(loops.begin(), loops.end(), [](const Walk& x, const Walk& y) { return std::abs(x.stride) < std::abs(y.stride); });
  double run = element_bytes, runs = 1;  // bytes without a gap as wide as a line, and how many such
  for (const Walk& loop : loops) {
    const double stride = std::abs(loop.stride);
    if (stride <= std::max(run, line_bytes)) run = stride * (loop.extent - 1) + std::max(run, stride);
    else runs *= loop.extent;
  }
  return runs * std::max(1.0, run / line_bytes + (run < line_bytes ? run / line_bytes : runs > 1 ? 0.5 : 0));
}

namespace {

// The largest power of two that divides a stride, at most what a cache has between two lines of one set.
double alignment_of(double stride) {
  constexpr double most = 128 << 10;
  double power = 1;
  while (power < most && std::fmod(stride, 2 * power) == 0) power *= 2;
  return power;
}

// The part of a cache that loops can use: steps of a large power of two meet few of its sets.
double usable(const std::vector<Walk>& loops, double element_bytes) {
  double run = element_bytes, part = 1;
  std::vector<Walk> sorted = loops;
  std::sort(sorted.begin(), sorted.end(), [](const Walk& x, const Walk& y) { return std::abs(x.stride) < std::abs(y.stride); });
  for (const Walk& loop : sorted) {
    const double stride = std::abs(loop.stride);
    if (loop.extent <= 1 || stride == 0) continue;
    if (stride <= std::max(run, line_bytes)) run = stride * (loop.extent - 1) + std::max(run, stride);
    else if (loop.extent >= 16) part = std::min(part, std::max(run, line_bytes) / alignment_of(stride));
  }
  return std::min(1.0, part);
}

}  // namespace

double bytes_of_array(const ir::Instruction& instruction, Stride ir::Loop::*stride, double element_bytes) {
  std::vector<Walk> walks;
  for (const ir::Loop& loop : instruction.loops) walks.push_back({static_cast<double>(loop.extent), static_cast<double>(loop.*stride) * element_bytes});
  return lines_of(std::move(walks), element_bytes) * line_bytes;
}

double lines_fetched(const std::vector<Walk>& innermost_first, double element_bytes, double cache_bytes) {
  std::vector<Walk> inner;
  double inside = 1;
  for (std::size_t i = 0; i < innermost_first.size(); ++i) {
    inner.push_back(innermost_first[i]);
    const double with = lines_of(inner, element_bytes), room = cache_bytes * std::min(0.5, usable(inner, element_bytes));
    if (with * line_bytes <= room) {
      inside = with;
      continue;
    }
    // As many iterations of this loop as fit find lines of each other; the others begin anew.
    const double fit = std::clamp(std::floor(room / (inside * line_bytes)), 1.0, innermost_first[i].extent);
    inner.back().extent = fit;
    double fetched = lines_of(inner, element_bytes) * innermost_first[i].extent / fit;
    for (std::size_t outer = i + 1; outer < innermost_first.size(); ++outer) fetched *= innermost_first[outer].extent;
    return fetched;
  }
  return inside;
}

double seconds_in_order(const std::vector<Walk>& innermost_first, double element_bytes, const ir::LevelRates& rates, double together, const Machine& machine) {
  // Lines that no prefetcher sees coming take so many times as long as those of a run, and so do the first of every run.
  constexpr double unforeseen = 4, foreseen_from = 256, page_bytes = ir::page_bytes;
  double run = element_bytes, reached = 0;
  bool in_order = true;
  for (const Walk& walk : innermost_first) {
    const double stride = std::abs(walk.stride);
    if (walk.extent <= 1 || stride == 0) continue;
    if (in_order && stride <= std::max(run, line_bytes)) run = std::max(run, stride * (walk.extent - 1) + std::max(run, stride));
    else if (stride < reached || stride > run + page_bytes) in_order = false;
    reached = std::max(reached, stride);
  }
  const double once = lines_of(innermost_first, element_bytes);
  const double from_l2 = lines_fetched(innermost_first, element_bytes, static_cast<double>(machine.target.l1_bytes));
  const double behind = std::max(once, lines_fetched(innermost_first, element_bytes, static_cast<double>(machine.target.l2_bytes)));
  const double longer = in_order ? 1 : 1 + (unforeseen - 1) * std::min(1.0, foreseen_from / run);
  return behind * line_bytes * longer * seconds_at(rates, 1, together, machine) + std::max(0.0, from_l2 - behind) * line_bytes * longer / rates[1];
}

double blended(const ir::LevelRates& seconds_a_byte, double bytes, const Machine& machine) {
  const double sizes[] = {static_cast<double>(machine.target.l1_bytes), static_cast<double>(machine.target.l2_bytes),
                          static_cast<double>(machine.target.l3_bytes) * machine.speeds.l3_share};
  double seconds = 0, left = 1;
  for (std::size_t level = 0; level < 3; ++level) {
    // Two thirds of a cache are found in it whole, of as much as it holds two thirds, of 1.65 times as much nothing.
    const double found = std::clamp(1.65 - bytes / sizes[level], 0.0, 1.0);
    seconds += left * found * seconds_a_byte[level];
    left *= 1 - found;
  }
  return seconds + left * seconds_a_byte[3];
}

double seconds_at(const ir::LevelRates& rates, double bytes, double together, const Machine& machine) {
  const ir::LevelRates costs{1 / rates[0], 1 / rates[1], 1 / rates[2], 1 / rates[3]};
  return bytes * blended(costs, together, machine);
}

double seconds_of_lines(const ir::LevelRates& line, double lines, double together, const Machine& machine) {
  return lines * blended({0, 0, line[2], line[3]}, together, machine);
}

}  // namespace einc::predict
