// small.cpp: drives contractions whose batches are a few register tiles each: runs of batches, one kernel call a run.
// Knows strides and extents; uses no scratch.
// SPDX-License-Identifier: BSD-3-Clause
#include <bit>

#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

using kernels::ContractKernels;
using kernels::SmallArguments;
using kernels::TileWrite;

constexpr ir::Loop no_loop{ir::Role::batch, 1, 0, 0, 0};

// A contraction of one loop of m, n and k each, and any loops over batches. The arguments of the kernel are written field by
// field and never copied inside a task: a copy by vectors waits until the fields have left the store buffer. This driver on
// 2 x 2 x 2: 43 ns with copies, 18 without (2-core Emerald Rapids, AVX-512, 2026-11).
template <class T>
class Small {
 public:
  explicit Small(const InstructionContext<T>& context)
      : context_(context), kernels_(contract_kernels<T>(context.table)), tiling_(context.instruction.tiling) {
    const std::vector<ir::Loop>& loops = context.instruction.loops;
    std::size_t count = loops.size();
    const auto last = [&](ir::Role role) -> const ir::Loop& {
      return count > 0 && loops[count - 1].role == role ? loops[--count] : no_loop;
    };
    const ir::Loop &k = last(ir::Role::k), &n = last(ir::Role::n), &m = last(ir::Role::m);
    batch_.loops = {loops.data(), count};
    for (const ir::Loop& loop : batch_.loops) batch_.extent *= static_cast<std::ptrdiff_t>(loop.extent);
    rows_ = m.extent, columns_ = n.extent, b_column_ = n.b;
    // b needs columns side by side and whole vectors; otherwise a few batches of it at a time are copied.
    const bool whole = kernels_.ragged_b || n.extent % std::min(kernels_.width, tiling_.columns) == 0;
    copies_b_ = (n.extent > 1 && n.b != 1) || !whole;
    small_.depth = k.extent;
    small_.a_row = m.a, small_.a_depth = k.a, small_.b_depth = k.b, small_.c_row = m.c;
    small_.write = context.beta == T(0) ? TileWrite::store : TileWrite::add;
    small_.alpha = context.alpha, small_.beta = context.beta;
    const ir::Loop& inner = count > 0 ? loops[count - 1] : no_loop;
    small_.a_batch = inner.a, small_.b_batch = inner.b, small_.c_batch = inner.c;
  }

  std::ptrdiff_t tasks() const {
    if (batch_.extent == 1) return 1;
    const std::ptrdiff_t tasks = partition_contract({batch_.extent, rows_, columns_, small_.depth, tiling_.columns, false, false}, context_.threads).batch;
    // A run that may be stopped goes in more pieces: batches do not depend on each other, so any cut gives the same bits.
    constexpr std::ptrdiff_t batches_a_piece = 4096;
    return stop_of_this_thread() == nullptr ? tasks : std::max(tasks, batch_.extent / batches_a_piece);
  }

  void run(std::ptrdiff_t task, std::ptrdiff_t tasks) {
    const Range batches = share_of(batch_.extent, 1, task, tasks);
    for_each_run(batch_, batches.begin, batches.end, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c, std::ptrdiff_t count) {
      small_.a = context_.a + a, small_.b = context_.b + b, small_.c = context_.c + c, small_.batches = count;
      if (copies_b_) run_copied();
      else run_in_place();
    });
  }

 private:
  // All rows and columns of some batches: one call of a kernel for every panel of columns, two where the last tile is lower.
  void run_tiles() {
    const std::ptrdiff_t height = tiling_.rows, full = rows_ == height ? 1 : rows_ / height, rest = rows_ - full * height;
    const T *const a = small_.a, *const b = small_.b;
    T* const c = small_.c;
    for (std::ptrdiff_t column = 0; column < columns_; column += tiling_.columns) {
      const auto width = static_cast<int>(std::min<std::ptrdiff_t>(tiling_.columns, columns_ - column));
      const int vectors = width <= kernels_.width ? 1 : 2;
      small_.tail = width - (vectors - 1) * kernels_.width;
      const bool narrow = tiling_.columns < kernels_.width;
      const auto kernel = [&](std::ptrdiff_t high) {
        return narrow ? kernels_.narrow[high - 1][std::bit_width(static_cast<unsigned>(width)) - 2] : kernels_.small[high - 1][vectors - 1];
      };
      small_.b = b + column;
      if (full > 0) {
        small_.a = a, small_.c = c + column, small_.tiles = full;
        kernel(height)(small_);
      }
      if (rest > 0) {
        small_.a = a + full * height * small_.a_row, small_.c = c + column + full * height * small_.c_row, small_.tiles = 1;
        kernel(rest)(small_);
      }
    }
    small_.a = a, small_.b = b, small_.c = c;
  }

  // Batches that need several calls go in groups small enough to stay in the first-level cache between them.
  void run_in_place() {
    constexpr std::ptrdiff_t elements_at_once = 4096;
    if (small_.batches == 1) return run_tiles();
    const bool one_call = columns_ <= tiling_.columns && rows_ % tiling_.rows == 0;
    if (one_call) return run_tiles();
    const std::ptrdiff_t each = rows_ * small_.depth + small_.depth * columns_ + rows_ * columns_;
    for_groups(std::max<std::ptrdiff_t>(elements_at_once / each, 1), [&] { run_tiles(); });
  }

  [[gnu::noinline]] void run_copied() {
    const std::ptrdiff_t depth = small_.depth, b_depth = small_.b_depth, b_batch = small_.b_batch;
    const std::ptrdiff_t unit = std::min(kernels_.width, tiling_.columns), padded = (columns_ + unit - 1) / unit * unit;
    alignas(64) T copy[ir::small_copy];
    std::ptrdiff_t lanes[ir::small_extent], depths[ir::small_extent];
    for (std::ptrdiff_t i = 0; i < columns_; ++i) lanes[i] = i * b_column_;
    for (std::ptrdiff_t i = 0; i < depth; ++i) depths[i] = i * b_depth;
    for_groups(ir::small_copy / (depth * padded), [&] {
      const T* const b = small_.b;
      for (std::ptrdiff_t i = 0; i < small_.batches; ++i)
        kernels_.pack({b + i * b_batch, lanes, depths, depth, static_cast<int>(columns_), static_cast<int>(padded), copy + i * depth * padded});
      small_.b = copy, small_.b_depth = padded, small_.b_batch = depth * padded;
      run_tiles();
      small_.b = b, small_.b_depth = b_depth, small_.b_batch = b_batch;
    });
  }

  // Runs the body with at most `most` of the batches at a time.
  template <class Body>
  void for_groups(std::ptrdiff_t most, Body&& body) {
    for (std::ptrdiff_t left = small_.batches; left > 0; left -= small_.batches) {
      small_.batches = std::min(left, most);
      body();
      small_.a += small_.batches * small_.a_batch, small_.b += small_.batches * small_.b_batch, small_.c += small_.batches * small_.c_batch;
    }
  }

  const InstructionContext<T>& context_;
  const ContractKernels<T>& kernels_;
  const ir::Tiling& tiling_;
  Side batch_;
  std::ptrdiff_t rows_, columns_, b_column_;
  bool copies_b_;
  SmallArguments<T> small_;
};

}  // namespace

template <class T>
void run_small(const InstructionContext<T>& context) noexcept {
  Small<T> small(context);
  const std::ptrdiff_t tasks = small.tasks();
  if (tasks == 1) return small.run(0, 1);
  parallel_for(tasks, context.threads, [&](std::ptrdiff_t task, int) {
    Small<T> own = small;
    own.run(task, tasks);
  });
}

template void run_small<float>(const InstructionContext<float>&) noexcept;
template void run_small<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
