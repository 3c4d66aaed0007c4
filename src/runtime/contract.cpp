// contract.cpp: drives the register tiles of one contraction over blocks of n and k, tiles of m, batches and threads.
// Knows offsets and blocks; the arithmetic is the kernels'.
// SPDX-License-Identifier: BSD-3-Clause
#include <new>

#include "ir/contract_scratch.hpp"
#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/parallel_for.hpp"

namespace einc::runtime {
namespace {

using kernels::ContractKernels;
using kernels::TileArguments;
using kernels::TileWrite;

template <class T>
const ContractKernels<T>& kernels_of(const kernels::KernelTable& table) {
  if constexpr (sizeof(T) == 4) return table.contract_f32;
  else return table.contract_f64;
}

// What a thread has prepared and may find unchanged in its next batch or task: tables by their ranges, b by its address.
template <class T>
struct Kept {
  Range m{-1, -1}, n{-1, -1}, k{-1, -1};
  const T* b = nullptr;
  Range b_n{-1, -1}, b_k{-1, -1};
};

constexpr bool same(Range x, Range y) { return x.begin == y.begin && x.end == y.end; }

// One thread's part of the scratch.
template <class T>
struct Workspace {
  Kept<T>* kept;
  std::ptrdiff_t *a_rows, *c_rows, *b_columns, *c_columns, *a_depths, *b_depths;
  T *a_panel, *b_block, *tile;

  Workspace(std::byte* scratch, const ir::Tiling& tiling) {
    const ir::ContractScratch at = ir::contract_scratch(tiling, dtype_of<T>);
    const auto table = [&](std::int64_t offset) { return reinterpret_cast<std::ptrdiff_t*>(scratch + offset); };
    kept = reinterpret_cast<Kept<T>*>(scratch + at.kept);
    a_rows = table(at.m_tables), c_rows = a_rows + tiling.m_block;
    b_columns = table(at.n_tables), c_columns = b_columns + tiling.n_block;
    a_depths = table(at.k_tables), b_depths = a_depths + tiling.k_block;
    a_panel = reinterpret_cast<T*>(scratch + at.a_panel);
    b_block = reinterpret_cast<T*>(scratch + at.b_block);
    tile = reinterpret_cast<T*>(scratch + at.tile);
  }
};

// Everything about the contraction that all its tasks share.
template <class T>
struct Contraction {
  const InstructionContext<T>& context;
  const ContractKernels<T>& kernels;
  const ir::Tiling& tiling;
  Side batch, m, n, k;
  bool packs_a, packs_b;
  bool adjacent_rows;     // rows of a side by side: packed, or so in place
  bool adjacent_columns;  // columns of c side by side everywhere
  TileWrite first_write;  // of the first block of k; later blocks add
  ContractPartition partition;

  explicit Contraction(const InstructionContext<T>& given);
  void run_task(std::ptrdiff_t task, Workspace<T> work) const;
  void run_batch(const T* a, const T* b, T* c, Range rows, Range columns, Workspace<T>& work) const;
  void run_rows(const T* a, const T* b, T* c, Range rows, Range columns, Range depth, Workspace<T>& work) const;
  void run_panels(TileArguments<T>& tile, const T* b, Range columns, int rows, T* c, Workspace<T>& work) const;
  bool can_stream() const;
};

// A packed panel pays when it is read often: a once for every panel of b, b once for every tile of a. In place, an operand
// needs one stride a role (a table in the inner loop would cost more than packing) and, for b, vectors that exist.
template <class T>
Contraction<T>::Contraction(const InstructionContext<T>& given)
    : context(given),
      kernels(kernels_of<T>(given.table)),
      tiling(given.instruction.tiling),
      batch(side_of(given.instruction, ir::Role::batch)),
      m(side_of(given.instruction, ir::Role::m)),
      n(side_of(given.instruction, ir::Role::n)),
      k(side_of(given.instruction, ir::Role::k)) {
  constexpr std::ptrdiff_t panels_read_in_place = 8, tiles_read_in_place = 2;
  const std::ptrdiff_t panels = (n.extent + tiling.columns - 1) / tiling.columns;
  const std::ptrdiff_t tiles = (m.extent + tiling.rows - 1) / tiling.rows;
  const bool near = m.stride(&ir::Loop::a) == 1 || k.stride(&ir::Loop::a) == 1 || m.extent == 1 || k.extent == 1;
  packs_a = !(m.uniform() && k.uniform() && near && panels <= panels_read_in_place);
  adjacent_rows = packs_a || m.stride(&ir::Loop::a) == 1 || m.extent == 1;
  const bool vectors = n.extent == 1 || n.stride(&ir::Loop::b) == 1;
  const bool whole = kernels.ragged_b || n.extent % kernels.width == 0;
  packs_b = !(n.uniform() && k.uniform() && vectors && whole && tiles <= tiles_read_in_place);
  adjacent_columns = n.extent == 1 || (n.uniform() && n.stride(&ir::Loop::c) == 1);
  first_write = given.beta == T(0) ? TileWrite::store : TileWrite::add;
  if (can_stream()) first_write = TileWrite::stream;
  partition = partition_contract({batch.extent, m.extent, n.extent, k.extent, tiling.columns, packs_a, packs_b}, given.threads);
}

template <class T>
bool Contraction<T>::can_stream() const {
  return false;
}

// The tiles of one row of tiles: panel after panel of b, written straight into c or through the tile buffer.
template <class T>
void Contraction<T>::run_panels(TileArguments<T>& tile, const T* b, Range columns, int rows, T* c, Workspace<T>& work) const {
  const auto& tiles = (adjacent_rows ? kernels.adjacent : kernels.strided)[rows - 1];
  const std::ptrdiff_t count = columns.end - columns.begin;
  for (std::ptrdiff_t column = 0; column < count; column += tiling.columns) {
    const auto width = static_cast<int>(std::min<std::ptrdiff_t>(tiling.columns, count - column));
    const int vectors = (width + kernels.width - 1) / kernels.width;
    tile.tail = width - (vectors - 1) * kernels.width;
    tile.b = packs_b ? b + column * tile.depth : b + column;
    tile.b_depth = packs_b ? vectors * kernels.width : k.stride(&ir::Loop::b);
    if (adjacent_columns) {
      tile.c = c + column;
      tiles[vectors - 1](tile);
      continue;
    }
    std::ptrdiff_t buffer_rows[ContractKernels<T>::most_rows];
    for (int i = 0; i < rows; ++i) buffer_rows[i] = i * tiling.columns;
    TileArguments<T> held = tile;
    held.c = work.tile, held.c_rows = buffer_rows, held.tail = kernels.width;
    held.write = TileWrite::store, held.alpha = T(1);
    tiles[vectors - 1](held);
    kernels.scatter({work.tile, tiling.columns, rows, width, c, tile.c_rows, work.c_columns + column, tile.write, tile.alpha,
                     tile.beta});
  }
}

// One block of b against all rows. a is packed tile by tile just before use, so it is in L1 when it is read.
template <class T>
void Contraction<T>::run_rows(const T* a, const T* b, T* c, Range rows, Range columns, Range depth, Workspace<T>& work) const {
  TileArguments<T> tile{};
  tile.depth = depth.end - depth.begin;
  tile.a_row = packs_a ? 1 : m.stride(&ir::Loop::a);
  tile.a_depth = k.stride(&ir::Loop::a);
  tile.write = depth.begin == 0 ? first_write : TileWrite::add;
  tile.alpha = context.alpha;
  tile.beta = depth.begin == 0 ? context.beta : T(1);

  for (std::ptrdiff_t begin = rows.begin; begin < rows.end; begin += tiling.m_block) {
    const Range block{begin, std::min<std::ptrdiff_t>(begin + tiling.m_block, rows.end)};
    const std::ptrdiff_t extent = block.end - block.begin;
    if (!same(work.kept->m, block)) {
      work.kept->m = block;
      fill_offsets(m, &ir::Loop::c, block.begin, extent, work.c_rows);
      if (packs_a) fill_offsets(m, &ir::Loop::a, block.begin, extent, work.a_rows);
    }
    const std::ptrdiff_t tiles = (extent + tiling.rows - 1) / tiling.rows;
    for (std::ptrdiff_t index = 0; index < tiles; ++index) {  // rows spread evenly: no thin last tile
      const std::ptrdiff_t row = extent * index / tiles;
      const auto height = static_cast<int>(extent * (index + 1) / tiles - row);
      if (packs_a) {
        kernels.pack({a, work.a_rows + row, work.a_depths, tile.depth, height, height, work.a_panel});
        tile.a = work.a_panel, tile.a_depth = height;
      } else {
        tile.a = a + (block.begin + row) * tile.a_row + depth.begin * tile.a_depth;
      }
      tile.c_rows = work.c_rows + row;
      run_panels(tile, b, columns, height, c, work);
    }
  }
}

template <class T>
void Contraction<T>::run_batch(const T* a, const T* b, T* c, Range rows, Range columns, Workspace<T>& work) const {
  for (std::ptrdiff_t begin = columns.begin; begin < columns.end; begin += tiling.n_block) {
    const Range block{begin, std::min<std::ptrdiff_t>(begin + tiling.n_block, columns.end)};
    const std::ptrdiff_t width = block.end - block.begin;
    if (!same(work.kept->n, block)) {
      work.kept->n = block;
      if (packs_b) fill_offsets(n, &ir::Loop::b, block.begin, width, work.b_columns);
      if (!adjacent_columns) fill_offsets(n, &ir::Loop::c, block.begin, width, work.c_columns);
    }
    for (std::ptrdiff_t at = 0; at < k.extent; at += tiling.k_block) {
      const Range depth{at, std::min<std::ptrdiff_t>(at + tiling.k_block, k.extent)};
      if (!same(work.kept->k, depth)) {
        work.kept->k = depth;
        if (packs_a) fill_offsets(k, &ir::Loop::a, depth.begin, depth.end - depth.begin, work.a_depths);
        if (packs_b) fill_offsets(k, &ir::Loop::b, depth.begin, depth.end - depth.begin, work.b_depths);
      }
      const T* block_of_b = work.b_block;
      if (!packs_b) {
        block_of_b = b + block.begin + depth.begin * k.stride(&ir::Loop::b);
      } else if (work.kept->b != b || !same(work.kept->b_n, block) || !same(work.kept->b_k, depth)) {
        work.kept->b = b, work.kept->b_n = block, work.kept->b_k = depth;
        for (std::ptrdiff_t column = 0; column < width; column += tiling.columns) {
          const auto panel = static_cast<int>(std::min<std::ptrdiff_t>(tiling.columns, width - column));
          const int padded = (panel + kernels.width - 1) / kernels.width * kernels.width;
          kernels.pack({b, work.b_columns + column, work.b_depths, depth.end - depth.begin, panel, padded,
                        work.b_block + column * (depth.end - depth.begin)});
        }
      }
      T* const block_of_c = adjacent_columns ? c + block.begin : c;
      run_rows(a, block_of_b, block_of_c, rows, block, depth, work);
    }
  }
}

template <class T>
void Contraction<T>::run_task(std::ptrdiff_t task, Workspace<T> work) const {
  const Range rows = share_of(m.extent, 1, task % partition.m, partition.m);
  const Range columns = share_of(n.extent, tiling.columns, task / partition.m % partition.n, partition.n);
  const Range batches = share_of(batch.extent, 1, task / partition.m / partition.n, partition.batch);
  for_each_position(batch, batches.begin, batches.end, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c) {
    run_batch(context.a + a, context.b + b, context.c + c, rows, columns, work);
  });
}

}  // namespace

template <class T>
void run_contract(const InstructionContext<T>& context) noexcept {
  const Contraction<T> contraction(context);
  const ir::Tiling& tiling = context.instruction.tiling;
  const auto workspace = [&](int thread) { return Workspace<T>(context.scratch + static_cast<std::size_t>(thread) * context.scratch_bytes, tiling); };
  const std::ptrdiff_t tasks = contraction.partition.tasks();
  const int threads = static_cast<int>(std::min<std::ptrdiff_t>(context.threads, tasks));
  for (int thread = 0; thread < threads; ++thread) new (workspace(thread).kept) Kept<T>{};
  parallel_for(tasks, threads, [&](std::ptrdiff_t task, int thread) { contraction.run_task(task, workspace(thread)); });
}

template void run_contract<float>(const InstructionContext<float>&) noexcept;
template void run_contract<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
