// walk_ahead.hpp: memory that a contraction will read soon, as a walk in the order in which it lies: tiles ask for some lines of it each.
// Knows sides of a contraction and strides; not tiles or threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/contract_kernels.hpp"
#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"

namespace einc::runtime {

// A walk over memory that will be read soon, in the order in which it lies: runs of rows of whole lines.
template <class T>
struct WalkAhead {
  static constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
  const T* base = nullptr;
  std::ptrdiff_t runs = 0, rows = 0, lines = 0;      // of a run, of a row
  std::ptrdiff_t run_stride = 0, row_stride = 0;
  std::ptrdiff_t run = 0, row = 0, at = 0;
  std::ptrdiff_t every = 1;  // of the steps of tiles

  // Runs of `count` rows of `elements`. Rows without a gap are one.
  static WalkAhead over(const T* base, std::ptrdiff_t runs, std::ptrdiff_t run_stride, std::ptrdiff_t count, std::ptrdiff_t row_stride,
                        std::ptrdiff_t elements) {
    if (row_stride == elements) elements *= count, count = 1;
    return {base, runs, count, (elements + line - 1) / line, run_stride, row_stride};
  }

  // One of so many parts of it, of every run.
  WalkAhead part(std::ptrdiff_t number, std::ptrdiff_t parts) const {
    WalkAhead part = *this;
    std::ptrdiff_t& count = rows == 1 ? part.lines : part.rows;
    const std::ptrdiff_t begin = count * number / parts;
    count = count * (number + 1) / parts - begin;
    part.base += begin * (rows == 1 ? line : row_stride);
    if (count == 0) part.runs = 0;
    return part;
  }

  std::ptrdiff_t total() const { return runs * rows * lines; }
  bool ended() const { return run >= runs; }

  // The lines that the next so many steps ask for.
  void take(std::ptrdiff_t steps, kernels::LinesAhead<T>& taken) {
    if (ended()) {
      taken.line = nullptr;
      return;
    }
    const bool ends = row + 1 >= rows;  // then around again: lines that are there already cost nothing
    taken.line = base + run * run_stride + row * row_stride + at * line;
    taken.jump = (ends ? 0 : row_stride) - lines * line;
    taken.left = lines - at, taken.lines = lines;
    taken.every = every;
    at += (steps + every - 1) / every;
    if (at >= lines) row += at / lines, at %= lines;
    if (row >= rows) ++run, row = 0, at = 0;
  }
};

// One walk and then another.
template <class T>
struct WalksAhead {
  WalkAhead<T> first = {}, second = {};

  // Over so many steps evenly: memory that is asked for at once is waited for, and has nothing to do afterwards.
  void spread(std::ptrdiff_t steps) { first.every = second.every = std::max<std::ptrdiff_t>(1, steps / std::max<std::ptrdiff_t>(1, first.total() + second.total())); }
  void take(std::ptrdiff_t steps, kernels::LinesAhead<T>& taken) { (first.ended() ? second : first).take(steps, taken); }
};

// Whether these runs of the innermost loop are one piece of b: the loop around it goes on where a run ends, and does not begin anew.
inline bool follow_in_b(const Side& n, Range columns) {
  if (n.loops.size() < 2) return false;
  const ir::Loop &inner = n.loops.back(), &outer = n.loops[n.loops.size() - 2];
  const auto run = static_cast<std::ptrdiff_t>(inner.extent), runs = static_cast<std::ptrdiff_t>(outer.extent);
  return inner.b == 1 && outer.b == run && columns.begin / run / runs == (columns.end - 1) / run / runs;
}

// Columns of b over a part of the sum, in runs of so many, of the innermost loop or of two that follow each other in b. Nothing where
// that is not rows at one stride.
template <class T>
WalkAhead<T> columns_ahead(const Side& n, const Side& k, const T* b, Range columns, std::ptrdiff_t run, Range depth) {
  if (columns.begin >= columns.end || !k.uniform() || n.loops.empty()) return {};
  const ir::Loop& inner = n.loops.back();
  if (run == static_cast<std::ptrdiff_t>(inner.extent) && follow_in_b(n, columns)) run = columns.end - columns.begin;
  const std::size_t around = run > static_cast<std::ptrdiff_t>(inner.extent) ? 2 : 1;
  const std::ptrdiff_t count = depth.end - depth.begin;
  const std::ptrdiff_t runs = (columns.end - columns.begin + run - 1) / run, elements = std::min(run, columns.end - columns.begin);
  const std::ptrdiff_t run_stride = n.loops.size() > around ? n.loops[n.loops.size() - 1 - around].b : 0, k_stride = k.stride(&ir::Loop::b);
  const T* const from = b + outer_offset(n, columns.begin, &ir::Loop::b) + columns.begin % static_cast<std::ptrdiff_t>(inner.extent) * inner.b + depth.begin * k_stride;
  if (inner.b == 1) return WalkAhead<T>::over(from, runs, run_stride, count, k_stride, elements);
  if (k_stride == 1) return WalkAhead<T>::over(from, runs, run_stride, elements, inner.b, count);
  return {};
}

// Rows of a that are read in place, over a part of the sum. A number of a is `unit` elements.
template <class T>
WalkAhead<T> rows_ahead(const Side& m, const Side& k, const T* a, std::ptrdiff_t unit, Range rows, Range depth) {
  const std::ptrdiff_t row = m.stride(&ir::Loop::a), step = k.stride(&ir::Loop::a);
  const T* const from = a + rows.begin * row + depth.begin * step;
  if (step == unit) return WalkAhead<T>::over(from, 1, 0, rows.end - rows.begin, row, (depth.end - depth.begin) * unit);
  return WalkAhead<T>::over(from, 1, 0, depth.end - depth.begin, step, (rows.end - rows.begin) * unit);
}

}  // namespace einc::runtime
