// contract_epilogue.hpp: a map over blocks of a contraction while they are in cache, so that c goes through memory once.
// Knows positions of rows and columns and the map's code; not how the contraction is computed. Allocates nothing.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/element_blocks.hpp"
#include "runtime/map_code.hpp"

namespace einc::runtime {

// What all tasks of a contraction share: one nest of its batches, rows and columns, in this order, so that a position is
// (batch * rows + row) * columns + column.
template <class T>
struct ContractEpilogue {
  const InstructionContext<T>& context;
  MapNest nest;
  std::ptrdiff_t rows = 1, columns = 1;
  std::ptrdiff_t held_row = 0;  // elements of a row where rows are held apart from c; 0: the map reads c itself

  ContractEpilogue(const InstructionContext<T>& given, std::ptrdiff_t row_of_held) : context(given), held_row(row_of_held) {
    const std::vector<ir::Loop>& loops = given.instruction.loops;
    const std::vector<ir::MapInput>& inputs = given.epilogue->map.inputs;
    nest.arrays = static_cast<int>(inputs.size()) + 1;
    rows = side_of(given.instruction, ir::Role::m).extent;
    columns = side_of(given.instruction, ir::Role::n).extent;
    std::ptrdiff_t row_positions = rows, column_positions = columns;  // that the loops further inside go through
    for (std::size_t i = 0; i < loops.size() && loops[i].role != ir::Role::k; ++i) {
      const ir::Loop& loop = loops[i];
      if (loop.role == ir::Role::m) row_positions /= loop.extent;
      if (loop.role == ir::Role::n) column_positions /= loop.extent;
      const Stride held = loop.role == ir::Role::m ? held_row * row_positions : loop.role == ir::Role::n ? column_positions : 0;
      if (loop.extent == 1) continue;
      nest.push(loop.extent, [&](int array) {
        if (array == 0) return loop.c;
        return array == 1 && held_row != 0 ? held : inputs[static_cast<std::size_t>(array) - 1].strides[i];
      });
    }
    nest.merge();
  }
};

// What a task keeps while it goes from block to block.
template <class T>
class EpilogueTask {
 public:
  // `held` is where rows are held, null if the map reads c.
  EpilogueTask(const ContractEpilogue<T>& shared, const T* held)
      : shared_(shared), sources_{shared.context.epilogue->sources, held, shared.nest.arrays - 1},
        code_(shared.context.table, shared.context.epilogue->map, sources_.all, shared.nest) {}

  // The rows and columns of one batch; held rows begin with row `first_held`.
  void run(std::ptrdiff_t batch, Range rows, Range columns, std::ptrdiff_t first_held) {
    const bool whole = columns.begin == 0 && columns.end == shared_.columns;
    const std::ptrdiff_t wide = columns.end - columns.begin, step = whole ? rows.end - rows.begin : 1;
    Stride base[MapNest::most_arrays];
    std::fill_n(base, shared_.nest.arrays, Stride{0});
    if (shared_.held_row != 0) base[1] = -(first_held * shared_.held_row + columns.begin);
    for (std::ptrdiff_t row = rows.begin; row < rows.end; row += step)
      run_positions(base, (batch * shared_.rows + row) * shared_.columns + columns.begin, step * wide);
  }

 private:
  // The sources of the map, the first of them where rows are held.
  struct Sources {
    MapSource<T> all[ir::most_map_inputs];
    Sources(const MapSource<T>* given, const T* held, int count) {
      std::copy_n(given, count, all);
      if (held != nullptr) all[0].array = held;
    }
  };

  void run_positions(const Stride* base, Extent begin, Extent count) {
    const EpilogueContext<T>& epilogue = *shared_.context.epilogue;
    const kernels::Epilogue<T> scale = epilogue_of(epilogue.alpha, epilogue.beta);
    const std::optional<DType> written = shared_.context.instruction.c.dtype;
    const bool direct = code_.adjacent(0) && scale.update == kernels::Update::store && !written;
    MapPoint point(shared_.nest, base, begin);
    while (count > 0) {
      const Extent now = code_.next(point, count);
      const T* const result = code_.run_spread(point, now, direct ? shared_.context.c + point.at[0] : nullptr, pool_);
      if (!direct) write_run(shared_.context.table, written, shared_.nest, point, result, now, shared_.context.c, scale);
      point.advance(shared_.nest, now);
      count -= now;
    }
  }

  const ContractEpilogue<T>& shared_;
  Sources sources_;
  MapCode<T> code_;
  alignas(64) T pool_[map_pool<T>];
};

}  // namespace einc::runtime
