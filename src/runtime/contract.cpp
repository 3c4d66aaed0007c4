// contract.cpp: drives the register tiles of one contraction over blocks of n and k, tiles of m, batches and threads.
// Knows offsets and blocks; the arithmetic is the kernels'. A map that follows is run over rows that are still in cache.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <new>

#include "runtime/contraction.hpp"
#include "runtime/kept_contraction.hpp"

namespace einc::runtime {
namespace {

bool side_by_side(const std::ptrdiff_t* offsets, int count) {
  for (int i = 1; i < count; ++i)
    if (offsets[i] != offsets[i - 1] + 1) return false;
  return true;
}

// Rows wait for the map until they are worth a call of it; what waits is in the second-level cache.
constexpr std::ptrdiff_t epilogue_elements = 4096;

}  // namespace

// Panel after panel of a segment of b, written straight into c or through the tile buffer.
template <class T>
void Contraction<T>::run_segment(TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const {
  std::ptrdiff_t first = columns.begin;
  if constexpr (is_plain_float<T>) {
    if (stages || turns) return run_waiting(tile, b, columns, rows, c, work);
    first = run_row(tile, b, columns, rows, c, work);
  }
  const std::ptrdiff_t run = adjacent_runs && tiling.unit > tiling.run ? static_cast<std::ptrdiff_t>(tiling.run) : columns.end - columns.begin;
  std::ptrdiff_t in_run = first - columns.begin;  // a segment begins with a run
  for (std::ptrdiff_t column = first; column < columns.end; column += tiling.columns) {
    const Panel panel = take_panel(tile, b, columns, column);
    work.ahead.take(tile.depth, tile.ahead);
    if (adjacent_columns || (adjacent_runs && in_run + panel.width <= run) || (!splits && side_by_side(work.c_columns + column, panel.width))) {
      tile.c = adjacent_columns ? c + column : c + work.c_columns[column];
      tiles_by_rows[rows - 1][panel.vectors - 1](tile);
    } else {
      run_apart(tile, panel, column, in_run, rows, c, work);
    }
    for (in_run += panel.width; in_run >= run;) in_run -= run;
  }
}

// Of rows that see a part of the streamed positions: the vectors of columns, or the part of the sum, that some of them see. Columns are
// neighbours in c, and segments go on without a break (lower/narrow_tiles).
template <class T>
void Contraction<T>::run_narrow(TileArguments<T>& tile, const T* b, const Block& block, Seen seen, int rows, T* c) const {
  const bool sums = context.narrow == ir::Narrow::sums;
  const Range whole = sums ? block.depth : block.columns;
  const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(seen.first, whole.begin, whole.end) - whole.begin;
  const std::ptrdiff_t last = std::max(first, std::clamp<std::ptrdiff_t>(seen.last, whole.begin, whole.end) - whole.begin);
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin, depth = tile.depth;
  const T* const a = tile.a;
  for (std::ptrdiff_t column = sums ? 0 : first / tiling.columns * tiling.columns; column < (sums ? columns : last); column += tiling.columns) {
    Panel panel = take_panel(tile, b, {0, columns}, column);
    if (sums) {
      tile.depth = last - first, tile.a = a + first * tile.a_depth, tile.b += first * tile.b_depth;
    } else {
      while (panel.vectors > 1 && column + (panel.vectors - 1) * kernels.width >= last) --panel.vectors, tile.tail = tile.b_tail = kernels.width;
    }
    tile.c = c + column;
    tiles_by_rows[rows - 1][panel.vectors - 1](tile);
    tile.depth = depth;
  }
  tile.a = a;
}

// A tile whose columns are not neighbours in c: vectors in two pieces each, or element by element out of the tile buffer. The arguments
// are changed and put back, here and below: a copy would have to wait for the stores that are on their way to c.
template <class T>
void Contraction<T>::run_apart(TileArguments<T>& tile, const Panel& panel, std::ptrdiff_t column, std::ptrdiff_t in_run, int rows, T* c, Workspace<T>& work) const {
  if (splits) {
    const auto run = static_cast<std::ptrdiff_t>(tiling.run);
    kernels::TileSplit splits_of[ContractKernels<T>::most_vectors];
    for (int v = 0, lane = 0; v < panel.vectors; ++v, lane += kernels.width) {
      const std::ptrdiff_t* const at = work.c_columns + column + lane;
      const int lanes = std::min(kernels.width, panel.width - lane), cut = static_cast<int>(std::min<std::ptrdiff_t>(lanes, run - in_run));
      splits_of[v] = {at[0], cut < lanes ? at[cut] - cut : 0, cut};
      for (in_run += lanes; in_run >= run;) in_run -= run;
    }
    tile.c = c, tile.splits = splits_of;
    tiles_by_rows[rows - 1][panel.vectors - 1](tile);
    tile.splits = nullptr;
    return;
  }
  std::ptrdiff_t buffer_rows[ContractKernels<T>::most_rows];
  for (int i = 0; i < rows; ++i) buffer_rows[i] = i * tiling.columns;
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  const TileWrite write = tile.write;
  tile.c = work.tile, tile.c_rows = buffer_rows, tile.write = TileWrite::store, tile.alpha = T(1);
  tiles_by_rows[rows - 1][panel.vectors - 1](tile);
  tile.c_rows = c_rows, tile.write = write, tile.alpha = scales_b ? T(1) : context.alpha;
  kernels.scatter({work.tile, tiling.columns, rows, panel.width, c, c_rows, work.c_columns + column, write, tile.alpha, tile.beta});
}

// What the next tile reads of a: a panel packed just now, rows beside each other, or where they lie.
template <class T>
void Contraction<T>::take_rows(TileArguments<T>& tile, const T* a, std::ptrdiff_t row, int height, std::ptrdiff_t first, T* panel,
                               Workspace<T>& work) const {
  if (widens_a) {
    const auto take = convert_kernels<T>(context.table).from[static_cast<std::size_t>(*context.instruction.a.dtype)];
    for (int i = 0; i < height; ++i) take(reinterpret_cast<const std::byte*>(a) + (work.a_rows[row + i] + work.a_depths[0]) * a_bytes, 1, panel + i * tile.depth, tile.depth);
    tile.a = panel, tile.a_row = tile.depth, tile.a_depth = 1;
  } else if (packs_a) {
    pack_rows({a, work.a_rows + row, work.a_depths, work.kept->k.end - work.kept->k.begin, height, height, panel});
    tile.a = panel, tile.a_depth = height * a_unit;
  } else {
    tile.a = a + first;
    if constexpr (is_plain_float<T>) {
      if (!brings_rows) return;
      tile.a = panel, tile.a_row = static_cast<std::ptrdiff_t>(ir::brought_pitch(tile.depth, sizeof(T)));
      for (int i = 0; i < height; ++i) std::memcpy(panel + i * tile.a_row, a + first + i * m.stride(&ir::Loop::a), static_cast<std::size_t>(tile.depth) * sizeof(T));
    }
  }
}

// One block of b against all rows. a is packed tile by tile just before use, so it is in L1 when it is read.
template <class T>
void Contraction<T>::run_rows(const T* a, const T* b, T* c, const Block& block, Workspace<T>& work) const {
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin;
  TileArguments<T> tile{};
  tile.depth = static_cast<std::ptrdiff_t>(ir::packed_depth(tiling, block.depth.end - block.depth.begin));
  tile.a_row = packs_a ? a_unit : m.stride(&ir::Loop::a);
  tile.a_depth = k.stride(&ir::Loop::a);
  tile.write = block.depth.begin == block.sum.begin ? first_write : TileWrite::add;
  tile.c_is_near = context.instruction.c.place == ir::Place::tile;
  tile.conjugate_a = context.instruction.conjugate_a, tile.conjugate_b = context.instruction.conjugate_b;
  tile.alpha = scales_b ? T(1) : context.alpha;
  tile.beta = block.depth.begin == block.sum.begin ? context.beta : T(1);
  const bool last = work.epilogue != nullptr && block.depth.end == block.sum.end;
  const std::ptrdiff_t length = segment == 0 ? columns : segment;
  const bool narrows = context.limits != nullptr;
  const std::ptrdiff_t panels = (columns + tiling.columns - 1) / tiling.columns;
  // Rows as long as pages the machine foresees by itself: 2048 positions of 16 heads, 64 columns, 69 ms asking, 63 without; of 512 17.3, 18.8.
  const bool foreseen = k.stride(&ir::Loop::a) == a_unit && k.extent * a_unit * static_cast<std::ptrdiff_t>(sizeof(T)) >= page_bytes;
  const bool asks_for_rows = ahead == ir::Ahead::nothing && !packs_a && !foreseen && batch.extent * m.extent * k.extent * a_unit * static_cast<std::ptrdiff_t>(sizeof(T)) > stream_bytes;

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
    if (inside) {
      run_rows_inside(tile, a, b, c, block, rows, work);
      continue;
    }
    const RowTiles tiles(extent, tile_rows(), row_unit);
    for (std::ptrdiff_t index = 0, row = 0, done = 0; index < tiles.count; ++index) {
      const std::ptrdiff_t end = tiles.end(index);
      const auto height = static_cast<int>(end - row);
      take_rows(tile, a, row, height, (rows.begin + row) * m.stride(&ir::Loop::a) + block.depth.begin * k.stride(&ir::Loop::a), work.a_panel, work);
      tile.c_rows = work.c_rows + row;
      if (asks_for_rows && end < extent) {
        work.ahead = {rows_ahead(m, k, a, a_unit, {rows.begin + end, rows.begin + tiles.end(index + 1)}, block.depth)};
        work.ahead.spread(tile.depth * panels);
      }
      if (narrows) {
        run_narrow(tile, b, block, seen_by(*context.limits, rows.begin + row, rows.begin + end), height, c);
        row = end;
        continue;
      }
      for (std::ptrdiff_t column = 0; column < columns; column += length)
        run_segment(tile, segment_at(b, column, tile.depth, work), {column, std::min(column + length, columns)}, height, c, work);
      row = end;
      if (last && (row == extent || (row - done) * columns >= epilogue_elements)) {
        if constexpr (is_plain_float<T>) work.epilogue->run(block.batch, {rows.begin + done, rows.begin + row}, block.columns, block.rows.begin);
        done = row;
      }
    }
  }
}

// The same with the loops the other way about: rows of c that follow each other are written one after the other. All tiles of a are
// packed first, and stay for the next block of b if they are the same.
template <class T>
void Contraction<T>::run_rows_inside(TileArguments<T>& tile, const T* a, const T* b, T* c, const Block& block, Range rows, Workspace<T>& work) const {
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin, length = segment == 0 ? columns : segment, a_depth = k.stride(&ir::Loop::a);
  const RowTiles tiles(rows.end - rows.begin, tile_rows(), row_unit);
  Kept<T>& kept = *work.kept;
  const bool packed = packs_a && kept.a == a && same(kept.a_m, rows) && same(kept.a_k, block.depth);
  if (packs_a && !packed) {
    for (std::ptrdiff_t index = 0, row = 0; index < tiles.count; row = tiles.end(index++))
      take_rows(tile, a, row, static_cast<int>(tiles.end(index) - row), 0, work.a_panel + row * tile.depth * a_unit, work);
    kept.a = a, kept.a_m = rows, kept.a_k = block.depth;
  }
  for (std::ptrdiff_t column = 0; column < columns; column += length) {
    const T* const panels = segment_at(b, column, tile.depth, work);
    const Range wide{column, std::min(column + length, columns)};
    for (std::ptrdiff_t index = 0, row = 0; index < tiles.count; row = tiles.end(index++)) {
      const auto height = static_cast<int>(tiles.end(index) - row);
      tile.a = packs_a ? work.a_panel + row * tile.depth * a_unit : a + (rows.begin + row) * tile.a_row + block.depth.begin * a_depth;
      tile.a_depth = packs_a ? height * a_unit : a_depth;
      tile.c_rows = work.c_rows + row;
      if constexpr (is_plain_float<T>) {
        std::ptrdiff_t alike = 1;
        while (joined >= 0 && index + alike < tiles.count && tiles.end(index + alike) == row + (alike + 1) * height) ++alike;
        if (joined >= 0 && run_joined(tile, panels, wide, height, alike, c, work)) {
          index += alike - 1;
          continue;
        }
      }
      run_segment(tile, panels, wide, height, c, work);
    }
  }
}

// The block of b as the tiles read it: packed, unless this thread has packed it already, or where it lies.
template <class T>
const T* Contraction<T>::prepare_b(const T* b, const Block& block, Workspace<T>& work) const {
  if (!packs_b) return b + (reads_runs ? 0 : block.columns.begin) + block.depth.begin * k.stride(&ir::Loop::b);
  Kept<T>& kept = *work.kept;
  if (kept.b == b && same(kept.b_n, block.columns) && same(kept.b_k, block.depth)) return work.b_block;
  kept.b = b, kept.b_n = block.columns, kept.b_k = block.depth;
  const std::ptrdiff_t columns = block.columns.end - block.columns.begin, depth = block.depth.end - block.depth.begin;
  const std::ptrdiff_t length = segment == 0 ? columns : segment, rows = rows_of_panel(static_cast<std::ptrdiff_t>(ir::packed_depth(tiling, depth)));
  T* to = work.b_block;
  for (std::ptrdiff_t begin = 0; begin < columns; begin += length, to += segment_space * depth) {
    if constexpr (is_plain_float<T>)
      if (tiling.group != 0 && !turns) {
        if (begin % tiling.group == 0)
          kernels.pack_group({b, work.b_columns + begin, work.b_depths, depth, tiling.run, tiling.group / tiling.run, tiling.columns, to});
        continue;
      }
    const std::ptrdiff_t end = std::min(begin + length, columns);
    for (std::ptrdiff_t column = begin; column < end; column += tiling.columns) {
      const auto width = static_cast<int>(std::min<std::ptrdiff_t>(tiling.columns, end - column));
      const int padded = (width + kernels.width - 1) / kernels.width * kernels.width;
      const kernels::PackArguments<T> panel{b, work.b_columns + column, work.b_depths, depth, width, padded, to + (column - begin) * rows};
      pack_columns(panel);
      scale(panel.to, depth * padded);
    }
  }
  return work.b_block;
}

// The offsets of the columns of a block in b and in c, or, of turned results, in their group.
template <class T>
void Contraction<T>::fill_columns(Range wide, Workspace<T>& work) const {
  const std::ptrdiff_t columns = wide.end - wide.begin;
  if (packs_b || reads_runs) fill_offsets(n, &ir::Loop::b, wide.begin, columns, work.b_columns);
  if (turns) {
    const std::ptrdiff_t run = static_cast<std::ptrdiff_t>(tiling.run), first = wide.begin % static_cast<std::ptrdiff_t>(tiling.group) / run;
    for (std::ptrdiff_t column = 0; column < columns; column += run) work.c_columns[column] = (first * run + column) * m.extent;
  } else if (!adjacent_columns) {
    fill_offsets(n, &ir::Loop::c, wide.begin, columns, work.c_columns);
  }
}

template <class T>
void Contraction<T>::run_batch(const T* a, const T* b, T* c, std::ptrdiff_t batch_position, Range rows, Range columns, Range sum, Workspace<T>& work) const {
  const auto n_block = static_cast<std::ptrdiff_t>(tiling.n_block), k_block = static_cast<std::ptrdiff_t>(tiling.k_block);
  for (std::ptrdiff_t begin = columns.begin; begin < columns.end; begin += n_block) {
    const Range wide{begin, std::min(begin + n_block, columns.end)};
    if (!same(work.kept->n, wide)) {
      work.kept->n = wide;
      fill_columns(wide, work);
    }
    for (std::ptrdiff_t at = sum.begin; at < sum.end; at += k_block) {
      const Range deep{at, std::min(at + k_block, sum.end)};
      if (!same(work.kept->k, deep)) {
        work.kept->k = deep;
        if (packs_a) fill_offsets(k, &ir::Loop::a, deep.begin, deep.end - deep.begin, work.a_depths);
        if (packs_b) fill_offsets(k, &ir::Loop::b, deep.begin, deep.end - deep.begin, work.b_depths);
      }
      if (stopped()) return;
      const Block block{batch_position, rows, wide, deep, sum};
      const T* const panels = prepare_b(b, block, work);
      if (ahead != ir::Ahead::nothing) work.ahead = look_ahead(a, b, block, columns.end);
      run_rows(a, panels, adjacent_columns && !holds ? c + wide.begin : c, block, work);
    }
    if constexpr (is_plain_float<T>)
      if (turns && wide.end % static_cast<std::ptrdiff_t>(tiling.group) == 0) turn_group(c, wide, rows, work);
  }
}

template <class T>
void Contraction<T>::run_task(std::ptrdiff_t task, Workspace<T> work) const {
  const Range rows = share_of(m.extent, m_unit(), task % partition.m, partition.m);
  const Range columns = share_of(n.extent, n_unit(), task / partition.m % partition.n, partition.n);
  const Range batches = share_of(batch.extent * slices, 1, task / partition.m / partition.n, partition.batch);
  run_part(batches, rows, columns, work);
}

template <class T>
void Contraction<T>::run_all(Workspace<T>& work) const { run_part({0, batch.extent * slices}, {0, m.extent}, {0, n.extent}, work); }

// Batches are counted through all slices of the sum, which have an array of results each.
template <class T>
void Contraction<T>::run_part(Range batches, Range rows, Range columns, Workspace<T>& work) const {
  if (slices == 1) {
    run_slice(context.c, batches, rows, columns, {0, k.extent}, work);
  } else {
    for (std::ptrdiff_t at = batches.begin, end = at; at < batches.end; at = end) {
      const std::ptrdiff_t slice = at / batch.extent, first = slice * batch.extent;
      end = std::min(first + batch.extent, batches.end);
      run_slice(context.c + first * m.extent * n.extent, {at - first, end - first}, rows, columns, share_of(k.extent, ir::slice_unit, slice, slices), work);
    }
  }
  if constexpr (is_plain_float<T>)
    if (stages || streams_groups || first_write == TileWrite::stream) vector_kernels<T>(context.table).fence();
}

template <class T>
void Contraction<T>::run_slice(T* results, Range batches, Range rows, Range columns, Range sum, Workspace<T>& work) const {
  std::ptrdiff_t position = batches.begin;
  // a and b are moved by bytes: halves are packed from where they lie, and only then numbers of T.
  const auto moved = [](const T* array, std::ptrdiff_t elements, std::ptrdiff_t bytes) {
    return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(array) + elements * bytes);
  };
  for_each_position(batch, batches.begin, batches.end, [&](std::ptrdiff_t a_offset, std::ptrdiff_t b_offset, std::ptrdiff_t c) {
    const T *const a = moved(context.a, a_offset, a_bytes), *const b = moved(context.b, b_offset, b_bytes);
    if (!holds) {
      run_batch(a, b, results + c, position, rows, columns, sum, work);
    } else {  // b is packed again for each of these if its blocks are many: a scaled call is not the common one
      for (std::ptrdiff_t row = rows.begin; row < rows.end; row += ir::held_rows)
        run_batch(a, b, work.held, position, {row, std::min<std::ptrdiff_t>(row + ir::held_rows, rows.end)}, columns, sum, work);
    }
    ++position;
  });
}

template <class T>
void Contraction<T>::run_task(std::ptrdiff_t task, Workspace<T> work, const ContractEpilogue<T>& epilogue) const
  requires is_plain_float<T>
{
  EpilogueTask<T> running(epilogue, holds ? work.held : nullptr);
  work.epilogue = &running;
  run_task(task, work);
}

template <class T>
void run_contract(const InstructionContext<T>& context) noexcept {
  if constexpr (is_plain_float<T>) {
    if (context.rows_together > 1) {
      return KeptContraction<T>::of(context).run(context);
    }
  }
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
