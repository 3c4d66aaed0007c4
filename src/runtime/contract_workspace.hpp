// contract_workspace.hpp: one thread's part of a contraction's scratch, as pointers, and what the thread keeps in it and asks for.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ir/contract_scratch.hpp"
#include "kernels/contract_kernels.hpp"
#include "runtime/contract_epilogue.hpp"
#include "runtime/contract_partition.hpp"

namespace einc::runtime {

// What a thread has prepared and may find unchanged in its next batch or task: tables by their ranges, b by its address.
template <class T>
struct Kept {
  Range m{-1, -1}, n{-1, -1}, k{-1, -1};
  const T *a = nullptr, *b = nullptr;
  Range a_m{-1, -1}, a_k{-1, -1}, b_n{-1, -1}, b_k{-1, -1};
};

constexpr bool same(Range x, Range y) { return x.begin == y.begin && x.end == y.end; }

// A walk over memory that will be read soon, in the order in which it lies: runs of rows of whole lines.
template <class T>
struct WalkAhead {
  static constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
  const T* base = nullptr;
  std::ptrdiff_t runs = 0, rows = 0, lines = 0;      // of a run, of a row
  std::ptrdiff_t run_stride = 0, row_stride = 0;
  std::ptrdiff_t run = 0, row = 0, at = 0;

  // Runs of `count` rows of `elements`. Rows without a gap are one.
  static WalkAhead over(const T* base, std::ptrdiff_t runs, std::ptrdiff_t run_stride, std::ptrdiff_t count, std::ptrdiff_t row_stride,
                        std::ptrdiff_t elements) {
    if (row_stride == elements) elements *= count, count = 1;
    return {base, runs, count, (elements + line - 1) / line, run_stride, row_stride};
  }

  // The lines that the next so many steps ask for.
  void take(std::ptrdiff_t steps, kernels::LinesAhead<T>& taken) {
    if (run >= runs) {
      taken.line = nullptr;
      return;
    }
    const bool ends = row + 1 >= rows;  // then around again: lines that are there already cost nothing
    taken.line = base + run * run_stride + row * row_stride + at * line;
    taken.jump = (ends ? 0 : row_stride) - lines * line;
    taken.left = lines - at, taken.lines = lines;
    at += steps;
    if (at >= lines) row += at / lines, at %= lines;
    if (row >= rows) ++run, row = 0, at = 0;
  }
};

// One thread's part of the scratch.
template <class T>
struct Workspace {
  Kept<T>* kept;
  std::ptrdiff_t *a_rows, *c_rows, *b_columns, *c_columns, *a_depths, *b_depths;
  T *a_panel, *b_block, *tile;
  T* held;  // rows of a scaled contraction with an epilogue
  EpilogueTask<T>* epilogue = nullptr;
  WalkAhead<T> ahead = {};
  std::ptrdiff_t waiting_rows[kernels::ContractKernels<T>::most_rows];  // offsets of rows of a run that wait

  Workspace(std::byte* scratch, const ir::Tiling& tiling, DType dtype) {
    const ir::ContractScratch at = ir::contract_scratch(tiling, dtype);
    const auto table = [&](std::int64_t offset) { return reinterpret_cast<std::ptrdiff_t*>(scratch + offset); };
    kept = reinterpret_cast<Kept<T>*>(scratch + at.kept);
    a_rows = table(at.m_tables), c_rows = a_rows + tiling.m_block;
    b_columns = table(at.n_tables), c_columns = b_columns + tiling.n_block;
    a_depths = table(at.k_tables), b_depths = a_depths + tiling.k_block;
    a_panel = reinterpret_cast<T*>(scratch + at.a_panel);
    b_block = reinterpret_cast<T*>(scratch + at.b_block);
    tile = reinterpret_cast<T*>(scratch + at.tile);
    held = reinterpret_cast<T*>(scratch + at.bytes);
    for (int row = 0; row < kernels::ContractKernels<T>::most_rows; ++row) waiting_rows[row] = row * static_cast<std::ptrdiff_t>(tiling.run);
  }
};

}  // namespace einc::runtime
