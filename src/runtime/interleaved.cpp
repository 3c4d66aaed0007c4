// interleaved.cpp: drives contractions whose batches lie side by side: a few vectors of batches at a time, tile by tile.
// Knows strides and blocks; uses no scratch.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

using kernels::InterleavedArguments;
using kernels::TileWrite;

constexpr ir::Loop no_loop{ir::Role::batch, 1, 0, 0, 0};

// The innermost loop of a role is cut into tiles and blocks; those outside of it are walked position by position.
struct Walked {
  ir::Loop inner = no_loop;
  Side outer;

  explicit Walked(const Side& side) : outer(side) {
    if (side.loops.empty()) return;
    inner = side.loops.back();
    outer = {side.loops.first(side.loops.size() - 1), side.extent / static_cast<std::ptrdiff_t>(inner.extent)};
  }
};

template <class T>
class Interleaved {
 public:
  explicit Interleaved(const InstructionContext<T>& context)
      : context_(context),
        tiling_(context.instruction.tiling),
        kernels_(tiling_.pairs ? pair_kernels<T>(context.table).interleaved : contract_kernels<T>(context.table).interleaved),
        batch_(side_of(context.instruction, ir::Role::batch)),
        m_(side_of(context.instruction, ir::Role::m)),
        n_(side_of(context.instruction, ir::Role::n)),
        k_(side_of(context.instruction, ir::Role::k)),
        rows_(std::min(tiling_.rows, kernels_.side)),
        columns_(std::min(tiling_.columns, kernels_.side)) {
    groups_ = (batch_.inner.extent + tiling_.run - 1) / tiling_.run;
    given_.a_row = m_.inner.a, given_.a_depth = k_.inner.a, given_.b_column = n_.inner.b, given_.b_depth = k_.inner.b;
    given_.c_row = m_.inner.c, given_.c_column = n_.inner.c;
    given_.alpha = context.alpha;
    given_.conjugate_a = context.instruction.conjugate_a, given_.conjugate_b = context.instruction.conjugate_b;
  }

  // Units are what no two threads share: some batches, and where these are few, some rows of them.
  std::ptrdiff_t units() const { return batch_.outer.extent * groups_ * row_blocks(); }
  std::ptrdiff_t tasks() const {
    const std::ptrdiff_t work = batch_.inner.extent * batch_.outer.extent * m_.inner.extent * m_.outer.extent * n_.inner.extent * n_.outer.extent *
                                k_.inner.extent * k_.outer.extent;
    const std::ptrdiff_t most = context_.threads * tasks_per_thread;
    // A run that may be stopped goes in more pieces: batches do not depend on each other, so any cut gives the same bits.
    constexpr std::ptrdiff_t work_a_piece = 8 * 1024 * 1024;
    const std::ptrdiff_t pieces = stop_of_this_thread() == nullptr ? 1 : work / work_a_piece;
    return std::min(units(), std::max<std::ptrdiff_t>({context_.threads > 1 && work >= least_work ? most : 1, pieces, 1}));
  }

  void run(std::ptrdiff_t task, std::ptrdiff_t tasks) {
    const Range mine = share_of(units(), 1, task, tasks);
    const std::ptrdiff_t blocks = row_blocks();
    for (std::ptrdiff_t unit = mine.begin; unit < mine.end; ++unit) {
      const std::ptrdiff_t group = unit / blocks % groups_, outer = unit / blocks / groups_;
      const Range rows = share_of(m_.inner.extent, rows_, unit % blocks, blocks);
      const std::ptrdiff_t lane = group * tiling_.run;
      given_.lanes = std::min<std::ptrdiff_t>(tiling_.run, batch_.inner.extent - lane);
      for_each_position(batch_.outer, outer, outer + 1, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c) {
        run_unit(context_.a + a + lane, context_.b + b + lane, context_.c + c + lane, rows);
      });
    }
  }

 private:
  std::ptrdiff_t row_blocks() const {
    const std::ptrdiff_t batches = batch_.outer.extent * groups_, wanted = context_.threads * 4;
    return batches >= wanted ? 1 : std::min<std::ptrdiff_t>((m_.inner.extent + rows_ - 1) / rows_, (wanted + batches - 1) / batches);
  }

  void run_unit(const T* a, const T* b, T* c, Range rows) {
    for_each_position(m_.outer, 0, m_.outer.extent, [&](std::ptrdiff_t a_m, std::ptrdiff_t, std::ptrdiff_t c_m) {
      for_each_position(n_.outer, 0, n_.outer.extent, [&](std::ptrdiff_t, std::ptrdiff_t b_n, std::ptrdiff_t c_n) {
        for (std::ptrdiff_t column = 0; column < n_.inner.extent; column += tiling_.n_block) {
          const Range columns{column, std::min<std::ptrdiff_t>(column + tiling_.n_block, n_.inner.extent)};
          bool first = true;
          for_each_position(k_.outer, 0, k_.outer.extent, [&](std::ptrdiff_t a_k, std::ptrdiff_t b_k, std::ptrdiff_t) {
            for (std::ptrdiff_t k = 0; k < k_.inner.extent; k += tiling_.k_block, first = false) {
              given_.depth = std::min<std::ptrdiff_t>(tiling_.k_block, k_.inner.extent - k);
              given_.write = first && context_.beta == T(0) ? TileWrite::store : TileWrite::add;
              given_.beta = first ? context_.beta : T(1);
              run_block(a + a_m + a_k + k * k_.inner.a, b + b_n + b_k + k * k_.inner.b, c + c_m + c_n, rows, columns);
            }
          });
        }
      });
    });
  }

  // Rows and columns are cut evenly: no thin last tile.
  void run_block(const T* a, const T* b, T* c, Range rows, Range columns) {
    const auto for_tiles = [](Range range, std::ptrdiff_t most, auto&& body) {
      const std::ptrdiff_t extent = range.end - range.begin, tiles = (extent + most - 1) / most;
      for (std::ptrdiff_t i = 0, at = range.begin; i < tiles; ++i) {
        const std::ptrdiff_t end = range.begin + extent * (i + 1) / tiles;
        body(at, end - at);
        at = end;
      }
    };
    for_tiles(rows, rows_, [&](std::ptrdiff_t row, std::ptrdiff_t height) {
      for_tiles(columns, columns_, [&](std::ptrdiff_t column, std::ptrdiff_t width) {
        kernels_.tiles[height - 1][width - 1](given_, a + row * m_.inner.a, b + column * n_.inner.b, c + row * m_.inner.c + column * n_.inner.c);
      });
    });
  }

  const InstructionContext<T>& context_;
  const ir::Tiling& tiling_;
  const kernels::InterleavedKernels<T>& kernels_;
  Walked batch_, m_, n_, k_;
  int rows_, columns_;
  std::ptrdiff_t groups_;
  InterleavedArguments<T> given_;
};

}  // namespace

template <class T>
void run_interleaved(const InstructionContext<T>& context) noexcept {
  Interleaved<T> interleaved(context);
  const std::ptrdiff_t tasks = interleaved.tasks();
  if (tasks == 1) return interleaved.run(0, 1);
  parallel_for(tasks, context.threads, [&](std::ptrdiff_t task, int) {
    Interleaved<T> own = interleaved;
    own.run(task, tasks);
  });
}

template void run_interleaved<float>(const InstructionContext<float>&) noexcept;
template void run_interleaved<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
