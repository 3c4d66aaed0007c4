// contraction.hpp: what all tasks of one contraction share, decided once a call: what is packed, how c is written, who does what.
// Knows loops, strides and tilings; contract.cpp runs it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <stop_token>
#include <type_traits>

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

using kernels::ContractKernels;
using kernels::TileArguments;
using kernels::TileWrite;

// The tiles of a block of rows, as even as whole units allow: no thin last tile.
struct RowTiles {
  std::ptrdiff_t extent, unit, count;
  RowTiles(std::ptrdiff_t rows, std::ptrdiff_t most, std::ptrdiff_t row_unit) : extent(rows), unit(row_unit) {
    const std::ptrdiff_t units = unit == 1 ? extent : (extent + unit - 1) / unit, most_units = unit == 1 ? most : most / unit;
    count = units <= most_units ? 1 : (units + most_units - 1) / most_units;
  }
  std::ptrdiff_t end(std::ptrdiff_t index) const {
    if (index + 1 == count) return extent;
    return unit == 1 ? extent * (index + 1) / count : (extent + unit - 1) / unit * (index + 1) / count * unit;
  }
};

// Rows further apart than this are in few lines of the first-level cache, all of them in the same.
inline constexpr Extent most_widened_depth = 512;

// Vectors of a row of tiles that waits: see ir::staged_columns.
inline constexpr int most_waiting_vectors = 16;

// What sums of bytes in quads are made in.
template <class T>
inline constexpr bool is_quad_sum = std::is_same_v<T, std::uint32_t>;

// And sums of bf16 in duos.
template <class T>
inline constexpr bool is_duo_sum = std::is_same_v<T, float>;

template <class T>
struct Contraction {
  const InstructionContext<T>& context;
  const ContractKernels<T>& kernels;
  const ir::Tiling& tiling;
  Side batch, m, n, k;
  std::ptrdiff_t slices;  // of the sum, each with results of its own
  int panel_vectors;      // of a full panel
  const typename ContractKernels<T>::Tile (*tiles_by_rows)[ContractKernels<T>::most_vectors];  // [rows - 1][vectors - 1]
  bool quads;             // numbers of panels are four bytes
  std::ptrdiff_t a_unit;  // elements of a number of a: two of a complex one
  bool packs_a, packs_b;
  bool scales_b = false;  // as it is packed, for many tiles of rows, so that no tile has to
  bool brings_rows;       // of a, beside each other, a line further apart than they are long
  bool widens_a;          // rows of another type are packed as they lie, one behind the other: each neighbours along k
  std::ptrdiff_t a_bytes, b_bytes;  // of an element where it lies
  bool reads_runs = false;  // runs of b are read where they lie
  ir::Ahead ahead;        // what tiles ask for while they multiply, of what the tiling says: what this type and these strides have
  bool adjacent_rows;     // rows of a side by side: packed, or so in place
  bool adjacent_columns;  // columns of c side by side everywhere
  bool adjacent_runs;     // and those of a run
  bool splits;            // panels go on from run to run
  bool turns;             // results wait for the rest of their group and are turned on their way to c
  bool inside;            // all rows of a block meet a segment of columns before the next
  bool stages = false;    // rows of c wait in the tile buffer before they go around the caches
  int joined = -1;        // or leave straight from registers, several runs at a time: of which shape, of kernels.joined_shapes
  bool streams_groups = false;   // turned ones
  std::ptrdiff_t row_unit = 1;   // tiles of so many rows end with lines of c, where they are staged
  std::ptrdiff_t segment, segment_space;  // columns packed without a break, 0 for all; with what fills the last vector
  kernels::TileSplit waiting_splits[most_waiting_vectors];  // of a row of tiles that waits, run behind run
  TileWrite first_write;  // of the first block of k; later blocks add
  bool holds;             // results go to scratch first: a map follows, and then c is needed as it was
  ContractPartition partition;
  const std::stop_token* stop = stop_of_this_thread();

  explicit Contraction(const InstructionContext<T>& given);
  void run_all(Workspace<T>& work) const;  // in this thread
  void run_task(std::ptrdiff_t task, Workspace<T> work) const;
  void run_task(std::ptrdiff_t task, Workspace<T> work, const ContractEpilogue<T>& epilogue) const
    requires is_plain_float<T>;

 private:
  // Rows and columns that tasks do not share.
  std::ptrdiff_t m_unit() const { return tiling.rows_inside ? tiling.m_block : 1; }
  std::ptrdiff_t n_unit() const { return tiling.group != 0 ? tiling.group : segment != 0 ? segment : tiling.columns; }
  struct Panel {
    int width, vectors;
  };
  // Along which range neighbours in c lie. Results that go around the caches are in no cache to be taken from.
  PartitionExtents::Neighbours neighbours_in_c() const {
    if (first_write == TileWrite::stream || stages || turns) return PartitionExtents::Neighbours::none;
    const auto nearest = [](const Side& side) {
      Stride least = std::numeric_limits<Stride>::max();
      for (const ir::Loop& loop : side.loops) least = std::min(least, std::abs(loop.c));
      return least;
    };
    const Stride along_m = nearest(m), along_n = nearest(n);
    return along_m == along_n ? PartitionExtents::Neighbours::none : along_n < along_m ? PartitionExtents::Neighbours::along_n : PartitionExtents::Neighbours::along_m;
  }
  void choose_writes();
  bool stopped() const noexcept { return stop != nullptr && stop->stop_requested(); }
  struct Block {  // of b, and the rows it meets
    std::ptrdiff_t batch;
    Range rows, columns, depth;
    Range sum;  // the slice that depth is a part of
  };
  void run_part(Range batches, Range rows, Range columns, Workspace<T>& work) const;
  void run_slice(T* results, Range batches, Range rows, Range columns, Range sum, Workspace<T>& work) const;
  void run_batch(const T* a, const T* b, T* c, std::ptrdiff_t batch_position, Range rows, Range columns, Range sum, Workspace<T>& work) const;
  void fill_columns(Range wide, Workspace<T>& work) const;
  const T* prepare_b(const T* b, const Block& block, Workspace<T>& work) const;
  void pack_rows(const kernels::PackArguments<T>& panel) const;
  void pack_columns(const kernels::PackArguments<T>& panel) const;
  void pack(const ir::BufferRef& array, const kernels::PackArguments<T>& panel) const;
  // One of two arrays of bytes has to be signed, the other not: signs of a are turned where they are alike.
  bool is_signed(const ir::BufferRef& bytes) const { return bytes.dtype == DType::i8; }
  bool turns_signs() const { return is_signed(context.instruction.a) == is_signed(context.instruction.b); }
  std::ptrdiff_t rows_of_panel(std::ptrdiff_t depth) const { return depth + static_cast<std::ptrdiff_t>(ir::rows_before(tiling)); }  // of b
  void scale(T* panel, std::ptrdiff_t elements) const {  // of b
    if constexpr (is_plain_float<T>)
      if (scales_b && context.alpha != T(1))
        map_kernels<T>(context.table).binary[static_cast<int>(kernels::Binary::multiply)].number_right(panel, &context.alpha, panel, elements);
  }
  std::ptrdiff_t tiles_of(Range rows, Range columns) const;
  WalksAhead<T> next_tile(Range rows) const;
  WalksAhead<T> next_part(const T* a, const T* b, const Block& block) const;
  WalkAhead<T> next_block(const T* b, const Block& block, std::ptrdiff_t end) const;
  WalksAhead<T> look_ahead(const T* a, const T* b, const Block& block, std::ptrdiff_t end) const;
  void write_waiting(const Range& columns, int rows, const std::ptrdiff_t* c_rows, T* c, Workspace<T>& work) const
    requires is_plain_float<T>;
  void run_rows(const T* a, const T* b, T* c, const Block& block, Workspace<T>& work) const;
  void run_rows_inside(TileArguments<T>& tile, const T* a, const T* b, T* c, const Block& block, Range rows, Workspace<T>& work) const;
  void take_rows(TileArguments<T>& tile, const T* a, std::ptrdiff_t row, int height, std::ptrdiff_t first, T* panel, Workspace<T>& work) const;
  const T* segment_at(const T* b, std::ptrdiff_t column, std::ptrdiff_t depth, const Workspace<T>& work) const {
    return reads_runs ? b + work.b_columns[column] : segment == 0 ? b : b + column / segment * segment_space * depth;
  }
  Panel take_panel(TileArguments<T>& tile, const T* b, const Range& columns, std::ptrdiff_t column) const;
  void run_segment(TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const;
  std::ptrdiff_t run_row(const TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const
    requires is_plain_float<T>;
  void run_narrow(TileArguments<T>& tile, const T* b, const Block& block, Seen seen, int rows, T* c) const;
  void run_waiting(TileArguments<T>& tile, const T* b, const Range& columns, int rows, T* c, Workspace<T>& work) const
    requires is_plain_float<T>;
  bool run_joined(const TileArguments<T>& tile, const T* b, const Range& columns, int rows, std::ptrdiff_t tiles, T* c, Workspace<T>& work) const
    requires is_plain_float<T>;
  int tile_rows() const { return joined >= 0 ? std::min(tiling.rows, ContractKernels<T>::joined_shapes[joined].most_rows) : tiling.rows; }
  void run_apart(TileArguments<T>& tile, const Panel& panel, std::ptrdiff_t column, std::ptrdiff_t in_run, int rows, T* c, Workspace<T>& work) const;
  void turn_group(T* c, Range columns, Range rows, Workspace<T>& work) const
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
      slices(tiling.k_slices),
      panel_vectors(tiling.columns / kernels.width) {
  a_unit = static_cast<std::ptrdiff_t>(ir::parts_of_row(tiling));
  const bool near = m.stride(&ir::Loop::a) == a_unit || k.stride(&ir::Loop::a) == a_unit || m.extent == 1 || k.extent == 1;
  const ir::Instruction& instruction = given.instruction;
  const auto bytes = [](const ir::BufferRef& array) { return static_cast<std::ptrdiff_t>(array.dtype ? bytes_of(*array.dtype) : sizeof(T)); };
  a_bytes = bytes(instruction.a), b_bytes = bytes(instruction.b);
  const bool few_panels = n.extent <= ir::panels_in_place(tiling, m.extent, m.stride(&ir::Loop::a), k.stride(&ir::Loop::a) * a_bytes) * tiling.columns;
  packs_a = instruction.a.dtype || !(m.uniform() && k.uniform() && near && few_panels);
  widens_a = instruction.a.dtype && is_plain_float<T> && !tiling.pairs && !tiling.duos && !tiling.rows_inside && few_panels && k.uniform() && k.stride(&ir::Loop::a) == 1 &&
             tiling.k_block <= most_widened_depth;
  if (kernels.strided[0][0] == nullptr && m.stride(&ir::Loop::a) != 1 && m.extent != 1) packs_a = true;
  adjacent_rows = (packs_a && !widens_a) || (!packs_a && m.stride(&ir::Loop::a) == a_unit) || m.extent == 1;
  brings_rows = tiling.brings_rows && !packs_a && !adjacent_rows && k.stride(&ir::Loop::a) == 1;
  tiles_by_rows = adjacent_rows ? kernels.adjacent : kernels.strided;
  quads = false;
  if constexpr (is_plain_float<T>)
    if (tiling.pairs) tiles_by_rows = adjacent_rows ? pair_kernels<T>(given.table).adjacent : pair_kernels<T>(given.table).strided;
  if constexpr (is_duo_sum<T>)
    if (tiling.duos) tiles_by_rows = given.table.duos->tiles;
  if constexpr (is_quad_sum<T>)
    if (quads = tiling.quads; quads) tiles_by_rows = given.table.integers->quads.tiles[is_signed(instruction.b) ? 1 : 0];
  const bool vectors = n.extent == 1 || n.stride(&ir::Loop::b) == 1;
  const bool whole = kernels.ragged_b || n.extent % kernels.width == 0;
  packs_b = instruction.b.dtype || !(n.uniform() && k.uniform() && vectors && whole && m.extent * given.rows_together <= ir::tiles_read_in_place * tiling.rows * a_unit) || tiling.ahead == ir::Ahead::block;
  scales_b = is_plain_float<T> && packs_b && !tiling.duos && given.rows_together > 1 && tiling.group == 0;
  holds = given.epilogue != nullptr && (given.epilogue->beta != T(0) || instruction.c.dtype);
  adjacent_columns = holds || n.extent == 1 || (n.uniform() && n.stride(&ir::Loop::c) == 1);
  segment = static_cast<std::ptrdiff_t>(tiling.unit != 0 ? tiling.unit : tiling.run);
  segment_space = (segment + kernels.width - 1) / kernels.width * kernels.width;
  turns = is_plain_float<T> && tiling.turned;
  const std::ptrdiff_t b_row = k.stride(&ir::Loop::b) * b_bytes;
  // Rows further apart than a page are each on one of their own, and are packed.
  reads_runs = turns && k.uniform() && vectors && std::abs(b_row) <= page_bytes && (kernels.ragged_b || tiling.run % kernels.width == 0);
  reads_runs = reads_runs || tiling.runs_in_place;
  if (reads_runs) packs_b = false;
  const bool can_ask = kernels::asks_far<T> && (tiling.ahead != ir::Ahead::sum || (m.uniform() && n.uniform() && k.uniform()));
  ahead = can_ask ? tiling.ahead : ir::Ahead::nothing;
  adjacent_runs = tiling.run != 0 && n.stride(&ir::Loop::c) == 1;
  const bool two_pieces = tiling.run >= kernels.width || 2 * tiling.run == kernels.width;  // of a vector, at most
  splits = is_plain_float<T> && tiling.unit > tiling.run && two_pieces && adjacent_runs;
  inside = tiling.rows_inside && given.epilogue == nullptr;
  first_write = given.beta == T(0) || turns ? TileWrite::store : TileWrite::add;
  choose_writes();
  partition = partition_contract({batch.extent * slices, m.extent, n.extent, k.extent / slices, n_unit(), packs_a, packs_b, m_unit(), given.threads > 1 ? neighbours_in_c() : PartitionExtents::Neighbours::none},
                                 given.threads);
}

template <class T>
void Contraction<T>::pack_rows(const kernels::PackArguments<T>& panel) const {
  if constexpr (is_quad_sum<T>)
    if (quads) return context.table.integers->quads.pack_rows(panel, turns_signs());
  if constexpr (is_duo_sum<T>)
    if (tiling.duos) return context.table.duos->pack(panel);
  if constexpr (is_plain_float<T>)
    if (tiling.pairs) return pair_kernels<T>(context.table).pack(panel, 1);
  pack(context.instruction.a, panel);
}

template <class T>
void Contraction<T>::pack_columns(const kernels::PackArguments<T>& panel) const {
  const ir::Instruction& instruction = context.instruction;
  if constexpr (is_quad_sum<T>)
    if (quads) return context.table.integers->quads.pack_columns(panel, is_signed(instruction.b), turns_signs());
  if constexpr (is_duo_sum<T>)
    if (tiling.duos) return context.table.duos->pack(panel);
  if constexpr (is_plain_float<T>)
    if (tiling.pairs) return pair_kernels<T>(context.table).pack({panel.from, panel.lanes, panel.depths, panel.depth, panel.width / 2, panel.stride / 2, panel.to}, 2);
  pack(instruction.b, panel);
}

template <class T>
void Contraction<T>::pack(const ir::BufferRef& array, const kernels::PackArguments<T>& panel) const {
  (!array.dtype ? kernels.pack : *array.dtype == DType::bf16 ? kernels.pack_bf16 : *array.dtype == DType::f16 ? kernels.pack_f16 : kernels.pack_f32)(panel);
}

// Which panel of b a tile reads, and how much of it exists.
template <class T>
typename Contraction<T>::Panel Contraction<T>::take_panel(TileArguments<T>& tile, const T* b, const Range& columns, std::ptrdiff_t column) const {
  Panel panel{tiling.columns, panel_vectors};
  tile.tail = kernels.width;
  if (columns.end - column < panel.width) {
    panel.width = static_cast<int>(columns.end - column);
    panel.vectors = (panel.width + kernels.width - 1) / kernels.width;
    tile.tail = panel.width - (panel.vectors - 1) * kernels.width;
  }
  tile.b = b + (column - columns.begin) * (packs_b ? rows_of_panel(tile.depth) : 1);
  tile.b_tail = packs_b ? kernels.width : tile.tail;
  tile.b_depth = packs_b ? panel.vectors * kernels.width : k.stride(&ir::Loop::b);
  return panel;
}

// c is large, written once, and nothing reads it again: it goes around the caches, straight from registers where the rows of
// panels are whole lines, otherwise over rows that wait.
template <class T>
void Contraction<T>::choose_writes() {
  constexpr std::ptrdiff_t element = sizeof(T), line = line_bytes / element;
  if (!is_plain_float<T> || holds || context.epilogue != nullptr || context.beta != T(0)) return;
  if (context.instruction.c.place != ir::Place::output || batch.extent * m.extent * n.extent * element <= stream_bytes) return;
  streams_groups = turns;
  if (turns || tiling.k_block < k.extent) return;
  const auto whole = [](const ir::Loop& loop) { return loop.c % line == 0; };
  const auto all = [&](const Side& side, std::ptrdiff_t inner) { return std::all_of(side.loops.begin(), side.loops.end() - inner, whole); };
  const std::ptrdiff_t run = static_cast<std::ptrdiff_t>(tiling.run), length = adjacent_runs ? run : adjacent_columns ? n.extent : 0;
  const bool aligned = reinterpret_cast<std::uintptr_t>(context.c) % line_bytes == 0 && all(batch, 0) && all(m, 0) && all(n, n.loops.empty() ? 0 : 1);
  if (length >= line && length % line == 0 && tiling.columns % line == 0 && aligned && !splits) {
    first_write = TileWrite::stream;
    return;
  }
  const std::ptrdiff_t waiting = std::max<std::ptrdiff_t>(segment, run);
  stages = adjacent_runs && (splits || tiling.unit <= tiling.run) && waiting <= std::min<Extent>(ir::staged_columns(tiling), tiling.n_block) && m.extent > 1 && m.stride(&ir::Loop::c) == run;
  stages = stages && (!splits || segment_space <= most_waiting_vectors * kernels.width);
  if (!stages) return;
  const std::ptrdiff_t lines = line / std::gcd(run, line);
  if (lines <= tiling.rows) row_unit = lines;
  for (int shape = 0; shape < ContractKernels<T>::joined_count; ++shape) {
    const kernels::JoinedShape of = ContractKernels<T>::joined_shapes[shape];
    const bool fits = kernels.joined[shape][0] != nullptr && of.runs * run == of.vectors * kernels.width && segment == of.runs * run && panel_vectors == 2;
    if (packs_a && packs_b && splits && fits && !tiling.pairs) joined = shape;
  }
  if (!splits) return;
  std::ptrdiff_t begin = 0, in_run = 0;
  for (int v = 0; v * kernels.width < segment; ++v) {
    const std::ptrdiff_t cut = std::min<std::ptrdiff_t>(run - in_run, kernels.width);
    waiting_splits[v] = {begin + in_run, begin + tiling.rows * run - cut, static_cast<int>(cut)};
    in_run += kernels.width;
    for (; in_run >= run; in_run -= run) begin += tiling.rows * run;
  }
}

}  // namespace einc::runtime
