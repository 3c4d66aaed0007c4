// contract.cpp: drives the register tiles of one contraction over blocks of n and k, tiles of m, batches and threads.
// Knows offsets and blocks; the arithmetic is the kernels'. A map that follows is run over rows that are still in cache.
// SPDX-License-Identifier: BSD-3-Clause
#include <new>

#include <einc/element_types.hpp>

#include "ir/contract_scratch.hpp"
#include "runtime/contract_epilogue.hpp"
#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/contract_workspace.hpp"
#include "runtime/elements.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

using kernels::ContractKernels;
using kernels::TileArguments;
using kernels::TileWrite;

bool side_by_side(const std::ptrdiff_t* offsets, int count) {
  for (int i = 1; i < count; ++i)
    if (offsets[i] != offsets[i - 1] + 1) return false;
  return true;
}

// Everything about the contraction that all its tasks share.
template <class T>
struct Contraction {
  const InstructionContext<T>& context;
  const ContractKernels<T>& kernels;
  const ir::Tiling& tiling;
  Side batch, m, n, k;
  int panel_vectors;      // of a full panel
  bool packs_a, packs_b;
  std::ptrdiff_t a_bytes, b_bytes;  // of an element where it lies
  bool adjacent_rows;     // rows of a side by side: packed, or so in place
  bool adjacent_columns;  // columns of c side by side everywhere
  bool adjacent_runs;     // and those of a run
  bool stages = false;    // rows of c wait in the tile buffer before they go around the caches
  std::ptrdiff_t run_space;  // columns of a run with what fills its last vector
  TileWrite first_write;  // of the first block of k; later blocks add
  bool holds;             // results go to scratch first: a map follows, and then c is needed as it was
  ContractPartition partition;
  const std::stop_token* stop = stop_of_this_thread();

  explicit Contraction(const InstructionContext<T>& given);
  void run_task(std::ptrdiff_t task, Workspace<T> work) const;
  void run_task(std::ptrdiff_t task, Workspace<T> work, const ContractEpilogue<T>& epilogue) const
    requires is_plain_float<T>;

 private:
  // Columns that tasks do not share.
  std::ptrdiff_t n_unit() const { return tiling.group != 0 ? tiling.group : tiling.run != 0 ? tiling.run : tiling.columns; }
  struct Panel {
    int width, vectors;
  };
  void choose_writes();
  bool stopped() const noexcept { return stop != nullptr && stop->stop_requested(); }
  struct Block {  // of b, and the rows it meets
    std::ptrdiff_t batch;
    Range rows, columns, depth;
  };
  void run_batch(const T* a, const T* b, T* c, std::ptrdiff_t batch_position, Range rows, Range columns, Workspace<T>& work) const;
  const T* prepare_b(const T* b, const Block& block, Workspace<T>& work) const;
  void pack(const ir::BufferRef& array, const kernels::PackArguments<T>& panel) const;
  void run_rows(const T* a, const T* b, T* c, const Block& block, Workspace<T>& work) const;
  void run_panels(TileArguments<T>& tile, const T* b, std::ptrdiff_t columns, int rows, T* c, Workspace<T>& work) const;
  Panel take_panel(TileArguments<T>& tile, const T* b, Range run, std::ptrdiff_t column) const;
  void run_run(TileArguments<T>& tile, const T* b, Range run, int rows, T* c, Workspace<T>& work) const;
  void run_staged(TileArguments<T> tile, const T* b, Range run, int rows, T* c, Workspace<T>& work) const
    requires is_plain_float<T>;
};

// A packed panel pays when it is read often: a once for every panel of b, b once for every tile of a. In place, an operand
// needs one stride a role (a table in the inner loop would cost more than packing) and, for b, vectors that exist.
// The limits: batches of 128 x 512 x 64 f32 run at 74 % of peak with b packed, 77 in place; with 37 tiles of a, packed and in
// place are level, as are 4 to 16 panels of b (Emerald Rapids, AVX-512, 2026-11).
template <class T>
Contraction<T>::Contraction(const InstructionContext<T>& given)
    : context(given),
      kernels(contract_kernels<T>(given.table)),
      tiling(given.instruction.tiling),
      batch(side_of(given.instruction, ir::Role::batch)),
      m(side_of(given.instruction, ir::Role::m)),
      n(side_of(given.instruction, ir::Role::n)),
      k(side_of(given.instruction, ir::Role::k)),
      panel_vectors(tiling.columns / kernels.width) {
  constexpr std::ptrdiff_t panels_read_in_place = 16, tiles_read_in_place = 10;
  const bool near = m.stride(&ir::Loop::a) == 1 || k.stride(&ir::Loop::a) == 1 || m.extent == 1 || k.extent == 1;
  const ir::Instruction& instruction = given.instruction;
  const auto bytes = [](const ir::BufferRef& array) { return static_cast<std::ptrdiff_t>(array.dtype ? bytes_of(*array.dtype) : sizeof(T)); };
  a_bytes = bytes(instruction.a), b_bytes = bytes(instruction.b);
  packs_a = instruction.a.dtype || !(m.uniform() && k.uniform() && near && n.extent <= panels_read_in_place * tiling.columns);
  if (kernels.strided[0][0] == nullptr && m.stride(&ir::Loop::a) != 1 && m.extent != 1) packs_a = true;
  adjacent_rows = packs_a || m.stride(&ir::Loop::a) == 1 || m.extent == 1;
  const bool vectors = n.extent == 1 || n.stride(&ir::Loop::b) == 1;
  const bool whole = kernels.ragged_b || n.extent % kernels.width == 0;
  packs_b = instruction.b.dtype || instruction.complex_parts || !(n.uniform() && k.uniform() && vectors && whole && m.extent <= tiles_read_in_place * tiling.rows);
  holds = given.epilogue != nullptr && (given.epilogue->beta != T(0) || instruction.c.dtype);
  adjacent_columns = holds || n.extent == 1 || (n.uniform() && n.stride(&ir::Loop::c) == 1);
  adjacent_runs = tiling.run != 0 && n.stride(&ir::Loop::c) == 1;
  run_space = (tiling.run + kernels.width - 1) / kernels.width * kernels.width;
  first_write = given.beta == T(0) ? TileWrite::store : TileWrite::add;
  choose_writes();
  partition = partition_contract({batch.extent, m.extent, n.extent, k.extent, n_unit(), packs_a, packs_b}, given.threads);
}

// c is large, written once, and nothing reads it again: it goes around the caches, straight from registers where the rows of
// panels are whole lines, otherwise over rows that wait.
template <class T>
void Contraction<T>::choose_writes() {
  constexpr std::ptrdiff_t line_bytes = 64, element = sizeof(T), line = line_bytes / element;
  if (!is_plain_float<T> || holds || context.epilogue != nullptr || first_write != TileWrite::store || tiling.k_block < k.extent) return;
  if (context.instruction.c.place != ir::Place::output || batch.extent * m.extent * n.extent * element <= stream_bytes) return;
  const auto whole = [](const ir::Loop& loop) { return loop.c % line == 0; };
  const auto all = [&](const Side& side, std::ptrdiff_t inner) { return std::all_of(side.loops.begin(), side.loops.end() - inner, whole); };
  const std::ptrdiff_t length = adjacent_runs ? static_cast<std::ptrdiff_t>(tiling.run) : adjacent_columns ? n.extent : 0;
  const bool aligned = reinterpret_cast<std::uintptr_t>(context.c) % line_bytes == 0 && all(batch, 0) && all(m, 0) && all(n, n.loops.empty() ? 0 : 1);
  if (length >= line && length % line == 0 && tiling.columns % line == 0 && aligned) first_write = TileWrite::stream;
  else stages = adjacent_runs && tiling.run <= std::min<Extent>(ir::staged_columns(tiling), tiling.n_block) && m.extent > 1 && m.stride(&ir::Loop::c) == tiling.run;
}

// Which panel of b a tile reads, and how much of it exists.
template <class T>
typename Contraction<T>::Panel Contraction<T>::take_panel(TileArguments<T>& tile, const T* b, Range run, std::ptrdiff_t column) const {
  Panel panel{tiling.columns, panel_vectors};
  tile.tail = kernels.width;
  if (run.end - column < panel.width) {
    panel.width = static_cast<int>(run.end - column);
    panel.vectors = (panel.width + kernels.width - 1) / kernels.width;
    tile.tail = panel.width - (panel.vectors - 1) * kernels.width;
  }
  tile.b = b + (column - run.begin) * (packs_b ? tile.depth : 1);
  tile.b_depth = packs_b ? panel.vectors * kernels.width : k.stride(&ir::Loop::b);
  return panel;
}

// The tiles of one row of tiles, run after run of the columns.
template <class T>
void Contraction<T>::run_panels(TileArguments<T>& tile, const T* b, std::ptrdiff_t columns, int rows, T* c,
                                Workspace<T>& work) const {
  const std::ptrdiff_t length = tiling.run == 0 ? columns : static_cast<std::ptrdiff_t>(tiling.run);
  for (std::ptrdiff_t begin = 0; begin < columns; begin += length, b += run_space * tile.depth) {
    const Range run{begin, std::min(begin + length, columns)};
    if constexpr (is_plain_float<T>)
      if (stages) {
        run_staged(tile, b, run, rows, c + work.c_columns[begin], work);
        continue;
      }
    run_run(tile, b, run, rows, c, work);
  }
}

// Panel after panel of b, written straight into c or through the tile buffer.
template <class T>
void Contraction<T>::run_run(TileArguments<T>& tile, const T* b, Range run, int rows, T* c, Workspace<T>& work) const {
  const auto& tiles = (adjacent_rows ? kernels.adjacent : kernels.strided)[rows - 1];
  for (std::ptrdiff_t column = run.begin; column < run.end; column += tiling.columns) {
    const Panel panel = take_panel(tile, b, run, column);
    if (adjacent_columns || adjacent_runs || side_by_side(work.c_columns + column, panel.width)) {
      tile.c = adjacent_columns ? c + column : c + work.c_columns[column];
      tiles[panel.vectors - 1](tile);
      continue;
    }
    std::ptrdiff_t buffer_rows[ContractKernels<T>::most_rows];
    for (int i = 0; i < rows; ++i) buffer_rows[i] = i * tiling.columns;
    TileArguments<T> held = tile;
    held.c = work.tile, held.c_rows = buffer_rows;
    held.write = TileWrite::store, held.alpha = T(1);
    tiles[panel.vectors - 1](held);
    kernels.scatter({work.tile, tiling.columns, rows, panel.width, c, tile.c_rows, work.c_columns + column, tile.write, tile.alpha,
                     tile.beta});
  }
}

// Rows of c that follow each other without a gap, each one run long: they wait in L1 until they are long enough to go around the
// caches as whole lines.
template <class T>
void Contraction<T>::run_staged(TileArguments<T> tile, const T* b, Range run, int rows, T* c, Workspace<T>& work) const
  requires is_plain_float<T>
{
  const auto& tiles = (adjacent_rows ? kernels.adjacent : kernels.strided)[rows - 1];
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  std::ptrdiff_t staged_rows[ContractKernels<T>::most_rows];
  for (int i = 0; i < rows; ++i) staged_rows[i] = i * tiling.run;
  tile.c_rows = staged_rows, tile.write = TileWrite::store;
  for (std::ptrdiff_t column = run.begin; column < run.end; column += tiling.columns) {
    const Panel panel = take_panel(tile, b, run, column);
    tile.c = work.tile + (column - run.begin);
    tiles[panel.vectors - 1](tile);
  }
  for (int row = 0, end = 0; row < rows; row = end) {
    for (end = row + 1; end < rows && c_rows[end] == c_rows[end - 1] + tiling.run; ++end) {}
    vector_kernels<T>(context.table).copy({1, (end - row) * tiling.run, work.tile + staged_rows[row], 0, 1, c + c_rows[row], 0, 1, {}, true});
  }
}

// Rows wait for the map until they are worth a call of it; what waits is in the second-level cache.
constexpr std::ptrdiff_t epilogue_elements = 4096;

// One block of b against all rows. a is packed tile by tile just before use, so it is in L1 when it is read.
template <class T>
void Contraction<T>::run_rows(const T* a, const T* b, T* c, const Block& block, Workspace<T>& work) const {
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin;
  TileArguments<T> tile{};
  tile.depth = block.depth.end - block.depth.begin;
  tile.a_row = packs_a ? 1 : m.stride(&ir::Loop::a);
  tile.a_depth = k.stride(&ir::Loop::a);
  tile.write = block.depth.begin == 0 ? first_write : TileWrite::add;
  tile.alpha = context.alpha;
  tile.beta = block.depth.begin == 0 ? context.beta : T(1);
  const bool last = work.epilogue != nullptr && block.depth.end == k.extent;

  for (std::ptrdiff_t begin = block.rows.begin; begin < block.rows.end; begin += tiling.m_block) {
    if (stopped()) return;
    const Range rows{begin, std::min<std::ptrdiff_t>(begin + tiling.m_block, block.rows.end)};
    const std::ptrdiff_t extent = rows.end - rows.begin;
    if (!same(work.kept->m, rows)) {
      work.kept->m = rows;
      if (holds) for (std::ptrdiff_t i = 0; i < extent; ++i) work.c_rows[i] = (begin - block.rows.begin + i) * ir::held_columns(tiling);
      else fill_offsets(m, &ir::Loop::c, rows.begin, extent, work.c_rows);
      if (packs_a) fill_offsets(m, &ir::Loop::a, rows.begin, extent, work.a_rows);
    }
    const std::ptrdiff_t tiles = extent <= tiling.rows ? 1 : (extent + tiling.rows - 1) / tiling.rows;
    for (std::ptrdiff_t index = 0, row = 0, done = 0; index < tiles; ++index) {
      const std::ptrdiff_t end = index + 1 == tiles ? extent : extent * (index + 1) / tiles;  // evenly: no thin last tile
      const auto height = static_cast<int>(end - row);
      if (packs_a) {
        pack(context.instruction.a, {a, work.a_rows + row, work.a_depths, tile.depth, height, height, work.a_panel});
        tile.a = work.a_panel, tile.a_depth = height;
      } else {
        tile.a = a + (rows.begin + row) * tile.a_row + block.depth.begin * tile.a_depth;
      }
      tile.c_rows = work.c_rows + row;
      run_panels(tile, b, columns, height, c, work);
      row = end;
      if (last && (row == extent || (row - done) * columns >= epilogue_elements)) {
        if constexpr (is_plain_float<T>) work.epilogue->run(block.batch, {rows.begin + done, rows.begin + row}, block.columns, block.rows.begin);
        done = row;
      }
    }
  }
}

// The block of b as the tiles read it: packed, unless this thread has packed it already, or where it lies.
template <class T>
const T* Contraction<T>::prepare_b(const T* b, const Block& block, Workspace<T>& work) const {
  if (!packs_b) return b + block.columns.begin + block.depth.begin * k.stride(&ir::Loop::b);
  Kept<T>& kept = *work.kept;
  if (kept.b == b && same(kept.b_n, block.columns) && same(kept.b_k, block.depth)) return work.b_block;
  kept.b = b, kept.b_n = block.columns, kept.b_k = block.depth;
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin, depth = block.depth.end - block.depth.begin;
  const std::ptrdiff_t length = tiling.run == 0 ? columns : static_cast<std::ptrdiff_t>(tiling.run);
  T* to = work.b_block;
  for (std::ptrdiff_t begin = 0; begin < columns; begin += length, to += run_space * depth) {
    if constexpr (is_plain_float<T>)
      if (tiling.group != 0) {
        if (begin % tiling.group == 0)
          kernels.pack_group({b, work.b_columns + begin, work.b_depths, depth, tiling.run, tiling.group / tiling.run, tiling.columns, to});
        continue;
      }
    const std::ptrdiff_t end = std::min(begin + length, columns);
    for (std::ptrdiff_t column = begin; column < end; column += tiling.columns) {
      const auto width = static_cast<int>(std::min<std::ptrdiff_t>(tiling.columns, end - column));
      const int padded = (width + kernels.width - 1) / kernels.width * kernels.width;
      const kernels::PackArguments<T> panel{b, work.b_columns + column, work.b_depths, depth, width, padded, to + (column - begin) * depth};
      if (context.instruction.complex_parts) kernels.pack_complex(panel, context.instruction.conjugate_a, context.instruction.conjugate_b);
      else pack(context.instruction.b, panel);
    }
  }
  return work.b_block;
}

template <class T>
void Contraction<T>::pack(const ir::BufferRef& array, const kernels::PackArguments<T>& panel) const {
  (!array.dtype ? kernels.pack : *array.dtype == DType::bf16 ? kernels.pack_bf16 : kernels.pack_f16)(panel);
}

template <class T>
void Contraction<T>::run_batch(const T* a, const T* b, T* c, std::ptrdiff_t batch_position, Range rows, Range columns, Workspace<T>& work) const {
  const auto n_block = static_cast<std::ptrdiff_t>(tiling.n_block), k_block = static_cast<std::ptrdiff_t>(tiling.k_block);
  for (std::ptrdiff_t begin = columns.begin; begin < columns.end; begin += n_block) {
    const Range wide{begin, std::min(begin + n_block, columns.end)};
    if (!same(work.kept->n, wide)) {
      work.kept->n = wide;
      if (packs_b) fill_offsets(n, &ir::Loop::b, wide.begin, wide.end - wide.begin, work.b_columns);
      if (!adjacent_columns) fill_offsets(n, &ir::Loop::c, wide.begin, wide.end - wide.begin, work.c_columns);
    }
    for (std::ptrdiff_t at = 0; at < k.extent; at += k_block) {
      const Range deep{at, std::min(at + k_block, k.extent)};
      if (!same(work.kept->k, deep)) {
        work.kept->k = deep;
        if (packs_a) fill_offsets(k, &ir::Loop::a, deep.begin, deep.end - deep.begin, work.a_depths);
        if (packs_b) fill_offsets(k, &ir::Loop::b, deep.begin, deep.end - deep.begin, work.b_depths);
      }
      if (stopped()) return;
      const Block block{batch_position, rows, wide, deep};
      const T* const panels = prepare_b(b, block, work);
      run_rows(a, panels, adjacent_columns && !holds ? c + wide.begin : c, block, work);
    }
  }
}

template <class T>
void Contraction<T>::run_task(std::ptrdiff_t task, Workspace<T> work) const {
  const Range rows = share_of(m.extent, 1, task % partition.m, partition.m);
  const Range columns = share_of(n.extent, n_unit(), task / partition.m % partition.n, partition.n);
  const Range batches = share_of(batch.extent, 1, task / partition.m / partition.n, partition.batch);
  std::ptrdiff_t position = batches.begin;
  // a and b are moved by bytes: halves are packed from where they lie, and only then numbers of T.
  const auto moved = [](const T* array, std::ptrdiff_t elements, std::ptrdiff_t bytes) {
    return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(array) + elements * bytes);
  };
  for_each_position(batch, batches.begin, batches.end, [&](std::ptrdiff_t a_offset, std::ptrdiff_t b_offset, std::ptrdiff_t c) {
    const T *const a = moved(context.a, a_offset, a_bytes), *const b = moved(context.b, b_offset, b_bytes);
    if (!holds) {
      run_batch(a, b, context.c + c, position, rows, columns, work);
    } else {  // b is packed again for each of these if its blocks are many: a scaled call is not the common one
      for (std::ptrdiff_t row = rows.begin; row < rows.end; row += ir::held_rows)
        run_batch(a, b, work.held, position, {row, std::min<std::ptrdiff_t>(row + ir::held_rows, rows.end)}, columns, work);
    }
    ++position;
  });
  if constexpr (is_plain_float<T>)
    if (stages || first_write == TileWrite::stream) vector_kernels<T>(context.table).fence();
}

template <class T>
void Contraction<T>::run_task(std::ptrdiff_t task, Workspace<T> work, const ContractEpilogue<T>& epilogue) const
  requires is_plain_float<T>
{
  EpilogueTask<T> running(epilogue, holds ? work.held : nullptr);
  work.epilogue = &running;
  run_task(task, work);
}

}  // namespace

template <class T>
void run_contract(const InstructionContext<T>& context) noexcept {
  const Contraction<T> contraction(context);
  const auto workspace = [&](int thread) {
    Workspace<T> work(context.scratch + static_cast<std::size_t>(thread) * context.scratch_bytes, contraction.tiling, context.instruction.dtype);
    return work;
  };
  const std::ptrdiff_t tasks = contraction.partition.tasks();
  const int threads = static_cast<int>(std::min<std::ptrdiff_t>(context.threads, tasks));
  for (int thread = 0; thread < threads; ++thread) new (workspace(thread).kept) Kept<T>{};
  if constexpr (is_plain_float<T>) {
    if (context.epilogue != nullptr) {
      const ContractEpilogue<T> epilogue(context, contraction.holds ? ir::held_columns(contraction.tiling) : 0);
      return parallel_for(tasks, threads, [&](std::ptrdiff_t task, int thread) { contraction.run_task(task, workspace(thread), epilogue); });
    }
  }
  if (tasks == 1) return contraction.run_task(0, workspace(0));
  parallel_for(tasks, threads, [&](std::ptrdiff_t task, int thread) { contraction.run_task(task, workspace(thread)); });
}

#define EINC_INSTANTIATE(T) template void run_contract<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_TILED(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
