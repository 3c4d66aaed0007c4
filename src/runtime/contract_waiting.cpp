// contract_waiting.cpp: results of a contraction on their way to c: around the caches as whole lines, straight from registers or over rows
// that wait, or turned when a group of them is there. Knows tiles and offsets; contract.cpp says which.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contraction.hpp"

namespace einc::runtime {

// Runs of rows without a gap between them. They wait in L1 until they are long enough to go around the caches as whole lines, or,
// turned ones, in L2 for the rest of their group.
template <class T>
void Contraction<T>::run_waiting(TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const
  requires is_plain_float<T>
{
  if (joined >= 0 && run_joined(tile, b, columns, rows, 1, c, work)) return;
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  T* const waiting = turns ? work.tile + work.c_columns[columns.begin] + (c_rows - work.c_rows) * static_cast<std::ptrdiff_t>(tiling.run) : work.tile;
  tile.c_rows = work.waiting_rows, tile.c = waiting;
  const kernels::TileSplit* split = waiting_splits;
  for (std::ptrdiff_t column = columns.begin; column < columns.end; column += tiling.columns, split += panel_vectors) {
    const Panel panel = take_panel(tile, b, columns, column);
    work.ahead.take(tile.depth, tile.ahead);
    if (splits) tile.splits = split;
    else tile.c = waiting + (column - columns.begin);
    tiles_by_rows[rows - 1][panel.vectors - 1](tile);
  }
  tile.c_rows = c_rows, tile.splits = nullptr;
  if (!turns) write_waiting(columns, rows, c_rows, c, work);
}

// Whole panels of a segment that is one piece of c and goes around the caches: in one call. The first column that is left.
template <class T>
std::ptrdiff_t Contraction<T>::run_row(const TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const
  requires is_plain_float<T>
{
  const std::ptrdiff_t panels = (columns.end - columns.begin) / tiling.columns;
  const bool one_piece = adjacent_columns || (adjacent_runs && tiling.unit <= tiling.run);
  if (tile.write != TileWrite::stream || tiling.pairs || tiling.duos || !packs_a || !packs_b || !one_piece || panels < 2 || panel_vectors != 2 || kernels.row[0] == nullptr) return columns.begin;
  kernels::RowArguments<T> row{tile.depth, panels, tile.a, b, adjacent_columns ? c + columns.begin : c + work.c_columns[columns.begin], tile.c_rows, tile.alpha, {}};
  work.ahead.take(panels * tile.depth, row.ahead);
  kernels.row[rows - 1](row);
  return columns.begin + panels * tiling.columns;
}

// Whether rows and runs lie so that their lines need not wait; then so many tiles of `rows` rows, below each other, are written.
template <class T>
bool Contraction<T>::run_joined(const TileArguments<T>& tile, const T* b, const Range& columns, int rows, std::ptrdiff_t tiles, T* c, Workspace<T>& work) const
  requires is_plain_float<T>
{
  const kernels::JoinedShape shape = ContractKernels<T>::joined_shapes[joined];
  const auto run = static_cast<std::ptrdiff_t>(tiling.run);
  const bool whole = rows % shape.runs == 0 && columns.end - columns.begin == shape.runs * run && tile.c_rows[tiles * rows - 1] - tile.c_rows[0] == (tiles * rows - 1) * run;
  if (!whole) return false;
  std::ptrdiff_t runs[4];
  T* const to = c + tile.c_rows[0];
  for (int i = 0; i < shape.runs; ++i) {
    runs[i] = work.c_columns[columns.begin + i * run];
    if (reinterpret_cast<std::uintptr_t>(to + runs[i]) % line_bytes != 0) return false;
  }
  kernels::JoinedArguments<T> lines{tile.depth, tiles, tile.a, b, to, runs, tile.alpha, {}};
  work.ahead.take(tiles * tile.depth, lines.ahead);
  kernels.joined[joined][rows / shape.runs - 1](lines);
  return true;
}

// What waits, a run behind the other, goes to c: in one piece where all rows follow each other.
template <class T>
void Contraction<T>::write_waiting(const Range& columns, int rows, const std::ptrdiff_t* c_rows, T* c, Workspace<T>& work) const
  requires is_plain_float<T>
{
  const std::ptrdiff_t run = static_cast<std::ptrdiff_t>(tiling.run), runs = (columns.end - columns.begin) / run, run_space = tiling.rows * run;
  const std::ptrdiff_t* const at = work.c_columns + columns.begin;
  const std::ptrdiff_t step = runs > 1 ? at[run] - at[0] : 0;
  if (c_rows[rows - 1] - c_rows[0] == (rows - 1) * run && at[(runs - 1) * run] - at[0] == (runs - 1) * step)
    return kernels.stream(work.tile, run_space, c + at[0] + c_rows[0], step, runs, rows * run);
  for (std::ptrdiff_t index = 0; index < runs; ++index)
    for (int row = 0, end = 0; row < rows; row = end) {
      for (end = row + 1; end < rows && c_rows[end] == c_rows[end - 1] + run; ++end) {}
      kernels.stream(work.tile + index * run_space + row * run, 0, c + at[index * run] + c_rows[row], 0, 1, (end - row) * run);
    }
}

// A whole group is there: squares of its runs are turned, and c gets rows of neighbours.
template <class T>
void Contraction<T>::turn_group(T* c, Range columns, Range rows, Workspace<T>& work) const
  requires is_plain_float<T>
{
  const ir::Loop& along_b = n.loops.back();
  const std::ptrdiff_t run = static_cast<std::ptrdiff_t>(tiling.run), length = static_cast<std::ptrdiff_t>(along_b.extent), count = rows.end - rows.begin;
  const std::size_t own = run == length ? 1 : 2;  // loops that make a run
  const Stride next = n.loops[n.loops.size() - 2].c;
  T* const group = c + outer_offset(n, columns.end - static_cast<std::ptrdiff_t>(tiling.group), &ir::Loop::c);
  const std::ptrdiff_t repeats = static_cast<std::ptrdiff_t>(n.loops[n.loops.size() - 1 - own].extent), most = kernels::most_columns<T>;
  const kernels::Epilogue<T> scale = epilogue_of(T(1), context.beta);
  for (std::ptrdiff_t row = 0; row < count; ++row)
    for (std::ptrdiff_t at = 0, to = 0; at < run; at += length, to += next)
      for (std::ptrdiff_t first = 0; first < repeats; first += most) {  // as many columns as a block may have
        const std::ptrdiff_t wide = std::min(repeats - first, most), step = m.extent * run;
        vector_kernels<T>(context.table).transpose({length, wide, work.tile + row * run + at + first * step, 1, step, group + work.c_rows[row] + to + first,
                                                    along_b.c, 1, scale, streams_groups, first, repeats - first - wide});
      }
}

#define EINC_INSTANTIATE(T) \
  template void Contraction<T>::run_waiting(TileArguments<T>&, const T*, const Range&, int, T*, Workspace<T>&) const; \
  template std::ptrdiff_t Contraction<T>::run_row(const TileArguments<T>&, const T*, const Range&, int, T*, Workspace<T>&) const; \
  template bool Contraction<T>::run_joined(const TileArguments<T>&, const T*, const Range&, int, std::ptrdiff_t, T*, Workspace<T>&) const; \
  template void Contraction<T>::turn_group(T*, Range, Range, Workspace<T>&) const;
EINC_INSTANTIATE(float)
EINC_INSTANTIATE(double)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
