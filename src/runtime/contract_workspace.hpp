// contract_workspace.hpp: one thread's part of a contraction's scratch, as pointers, and what the thread keeps in it and asks for.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ir/contract_scratch.hpp"
#include "kernels/contract_kernels.hpp"
#include "runtime/contract_epilogue.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/walk_ahead.hpp"

namespace einc::runtime {

// What a thread has prepared and may find unchanged in its next batch or task: tables by their ranges, b by its address.
template <class T>
struct Kept {
  Range m{-1, -1}, n{-1, -1}, k{-1, -1};
  const T *a = nullptr, *b = nullptr;
  Range a_m{-1, -1}, a_k{-1, -1}, b_n{-1, -1}, b_k{-1, -1};
};

constexpr bool same(Range x, Range y) { return x.begin == y.begin && x.end == y.end; }

// One thread's part of the scratch.
template <class T>
struct Workspace {
  Kept<T>* kept;
  std::ptrdiff_t *a_rows, *c_rows, *b_columns, *c_columns, *a_depths, *b_depths;
  T *a_panel, *b_block, *tile;
  T* held;  // rows of a scaled contraction with an epilogue
  EpilogueTask<T>* epilogue = nullptr;
  WalksAhead<T> ahead = {};
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
