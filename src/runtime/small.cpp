// small.cpp: drives contractions whose batches are a few register tiles each: runs of batches, one kernel call a run.
// Knows strides and extents; uses no scratch.
// SPDX-License-Identifier: BSD-3-Clause
#include <bit>

#include "runtime/contract_loops.hpp"
#include "runtime/contract_partition.hpp"
#include "runtime/direct_call.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

using kernels::ContractKernels;
using kernels::SmallArguments;
using kernels::TileWrite;

constexpr ir::Loop no_loop{ir::Role::batch, 1, 0, 0, 0};

// A contraction of one loop of m and n each, one or two of k, and any loops over batches. The arguments of the kernel are written field by
// field and never copied inside a task: a copy by vectors waits until the fields have left the store buffer. This driver on
// 2 x 2 x 2: 43 ns with copies, 18 without (2-core Emerald Rapids, AVX-512, 2026-11).
template <class T>
class Small {
 public:
  explicit Small(const InstructionContext<T>& context)
      : context_(context), kernels_(contract_kernels<T>(context.table)), tiling_(context.instruction.tiling),
        tiles_(tiling_.pairs ? pair_kernels<T>(context.table).small : kernels_.small) {
    const std::vector<ir::Loop>& loops = context.instruction.loops;
    std::size_t count = loops.size();
    const auto last = [&](ir::Role role) -> const ir::Loop& {
      return count > 0 && loops[count - 1].role == role ? loops[--count] : no_loop;
    };
    const ir::Loop &k = last(ir::Role::k), &outer_k = last(ir::Role::k), &inner_n = last(ir::Role::n), &outer_n = last(ir::Role::n), &m = last(ir::Role::m);
    // Complex numbers that do not lie side by side in b have a loop of their own around that of the parts.
    const bool apart = outer_n.role == ir::Role::n;
    const ir::Loop n = apart ? ir::Loop{ir::Role::n, 2 * outer_n.extent, 0, outer_n.b, 1} : inner_n;
    column_parts_ = apart ? 2 : 1;
    batch_.loops = {loops.data(), count};
    for (const ir::Loop& loop : batch_.loops) batch_.extent *= static_cast<std::ptrdiff_t>(loop.extent);
    rows_ = m.extent, columns_ = n.extent, b_column_ = n.b;
    // b needs columns side by side and whole vectors; otherwise a few batches of it at a time are copied.
    const bool whole = kernels_.ragged_b || n.extent % std::min(kernels_.width, tiling_.columns) == 0;
    copies_b_ = apart || (n.extent > 1 && n.b != 1) || !whole;
    small_.depth = k.extent;
    small_.depths = outer_k.extent, small_.a_depths = outer_k.a, small_.b_depths = outer_k.b;
    small_.a_row = m.a, small_.a_depth = k.a, small_.b_depth = k.b, small_.c_row = m.c;
    small_.write = context.beta == T(0) ? TileWrite::store : TileWrite::add;
    small_.alpha = context.alpha, small_.beta = context.beta;
    small_.conjugate_a = context.instruction.conjugate_a, small_.conjugate_b = context.instruction.conjugate_b;
    const ir::Loop& inner = count > 0 ? loops[count - 1] : no_loop;
    small_.a_batch = inner.a, small_.b_batch = inner.b, small_.c_batch = inner.c;
  }

  std::ptrdiff_t tasks() const {
    if (batch_.extent == 1) return 1;
    const std::ptrdiff_t tasks = partition_contract({batch_.extent, rows_, columns_, sums(), tiling_.columns, false, false}, context_.threads).batch;
    // A run that may be stopped goes in more pieces: batches do not depend on each other, so any cut gives the same bits.
    constexpr std::ptrdiff_t batches_a_piece = 4096;
    return stop_of_this_thread() == nullptr ? tasks : std::max(tasks, batch_.extent / batches_a_piece);
  }

  void run(std::ptrdiff_t task, std::ptrdiff_t tasks) {
    const Range batches = share_of(batch_.extent, 1, task, tasks);
    for_each_run(batch_, batches.begin, batches.end, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c, std::ptrdiff_t count) {
      a_ = context_.a + a, b_ = context_.b + b, c_ = context_.c + c, small_.batches = count;
      if (copies_b_) run_copied();
      else run_in_place();
    });
  }

  // The calls of kernels that compute a contraction without loops over batches; none when b is copied first.
  std::vector<typename DirectCalls<T>::Call> calls() {
    std::vector<typename DirectCalls<T>::Call> made;
    if (batch_.extent != 1 || copies_b_) return made;
    small_.batches = 1;
    each_call([&](Kernel kernel, std::ptrdiff_t row, std::ptrdiff_t column) {
      made.push_back({kernel, small_, row * small_.a_row, column, row * small_.c_row + column});
    });
    return made;
  }

 private:
  std::ptrdiff_t sums() const { return small_.depth * small_.depths; }
  using Kernel = typename kernels::SmallKernels<T>::Kernel;

  // All rows and columns of some batches: one call of a kernel for every panel of columns, two where the last tile is lower.
  // Calls body(kernel, row, column) for each, with `small_` set for it.
  template <class Body>
  void each_call(Body&& body) {
    const std::ptrdiff_t height = tiling_.rows, full = rows_ == height ? 1 : rows_ / height, rest = rows_ - full * height;
    for (std::ptrdiff_t column = 0; column < columns_; column += tiling_.columns) {
      const auto width = static_cast<int>(std::min<std::ptrdiff_t>(tiling_.columns, columns_ - column));
      const int vectors = width <= kernels_.width ? 1 : 2;
      small_.tail = width - (vectors - 1) * kernels_.width;
      const bool narrow = tiling_.columns < kernels_.width;
      const int which = static_cast<int>(std::bit_width(static_cast<unsigned>(width))) - 2;
      const bool square = small_.depth * (tiling_.pairs ? 2 : 1) == width;
      const auto kernel = [&](std::ptrdiff_t high) {
        if (!narrow) return tiles_.wide[high - 1][vectors - 1];
        const Kernel known = square ? tiles_.square[high - 1][which] : nullptr;
        return known != nullptr ? known : tiles_.narrow[high - 1][which];
      };
      if (full > 0) {
        small_.tiles = full;
        body(kernel(height), std::ptrdiff_t{0}, column);
      }
      if (rest > 0) {
        small_.tiles = 1;
        body(kernel(rest), full * height, column);
      }
    }
  }

  void run_tiles() {
    each_call([&](Kernel kernel, std::ptrdiff_t row, std::ptrdiff_t column) { kernel(small_, a_ + row * small_.a_row, b_ + column, c_ + column + row * small_.c_row); });
  }

  // Batches that need several calls go in groups small enough to stay in the first-level cache between them.
  void run_in_place() {
    constexpr std::ptrdiff_t elements_at_once = 4096;
    if (small_.batches == 1) return run_tiles();
    const bool one_call = columns_ <= tiling_.columns && rows_ % tiling_.rows == 0;
    if (one_call) return run_tiles();
    const std::ptrdiff_t each = rows_ * sums() + sums() * columns_ + rows_ * columns_;
    for_groups(std::max<std::ptrdiff_t>(elements_at_once / each, 1), [&] { run_tiles(); });
  }

  [[gnu::noinline]] void run_copied() {
    const std::ptrdiff_t depth = sums(), b_depth = small_.b_depth, b_depths = small_.b_depths, b_batch = small_.b_batch;
    const std::ptrdiff_t unit = std::min(kernels_.width, tiling_.columns), padded = (columns_ + unit - 1) / unit * unit;
    alignas(64) T copy[ir::small_copy];
    std::ptrdiff_t lanes[ir::small_extent], depths[ir::small_extent];
    for (std::ptrdiff_t i = 0; i < columns_; ++i) lanes[i] = i / column_parts_ * b_column_ + i % column_parts_;
    for (std::ptrdiff_t i = 0; i < depth; ++i) depths[i] = i / small_.depth * b_depths + i % small_.depth * b_depth;
    for_groups(ir::small_copy / (depth * padded), [&] {
      const T* const b = b_;
      for (std::ptrdiff_t i = 0; i < small_.batches; ++i)
        kernels_.pack({b + i * b_batch, lanes, depths, depth, static_cast<int>(columns_), static_cast<int>(padded), copy + i * depth * padded});
      b_ = copy, small_.b_depth = padded, small_.b_depths = small_.depth * padded, small_.b_batch = depth * padded;
      run_tiles();
      b_ = b, small_.b_depth = b_depth, small_.b_depths = b_depths, small_.b_batch = b_batch;
    });
  }

  // Runs the body with at most `most` of the batches at a time.
  template <class Body>
  void for_groups(std::ptrdiff_t most, Body&& body) {
    for (std::ptrdiff_t left = small_.batches; left > 0; left -= small_.batches) {
      small_.batches = std::min(left, most);
      body();
      a_ += small_.batches * small_.a_batch, b_ += small_.batches * small_.b_batch, c_ += small_.batches * small_.c_batch;
    }
  }

  const InstructionContext<T>& context_;
  const ContractKernels<T>& kernels_;
  const ir::Tiling& tiling_;
  const kernels::SmallKernels<T>& tiles_;
  Side batch_;
  std::ptrdiff_t rows_, columns_, b_column_, column_parts_;
  bool copies_b_;
  const T *a_ = nullptr, *b_ = nullptr;
  T* c_ = nullptr;
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

namespace {

template <class T>
DirectCalls<T> direct_calls(const ir::Instruction& instruction, const kernels::KernelTable& table) {
  const InstructionContext<T> context{instruction, table, nullptr, nullptr, nullptr, static_cast<T>(instruction.factor), T(0), nullptr, 0, 1};
  DirectCalls<T> direct;
  direct.calls = Small<T>(context).calls();
  for (auto& call : direct.calls) call.a += instruction.a.offset, call.b += instruction.b.offset, call.c += instruction.c.offset;
  direct.a = instruction.a.index, direct.b = instruction.b.index;
  return direct;
}

}  // namespace

DirectCall::DirectCall(const ir::Executable& executable, const kernels::KernelTable& table) {
  if (executable.code.size() != 1) return;
  const ir::Instruction& only = executable.code[0];
  const auto plain = [&](const ir::BufferRef& buffer, ir::Place place) { return buffer.place == place && (!buffer.dtype || *buffer.dtype == only.dtype); };
  if (only.kernel != ir::Kernel::small || only.algebra != Algebra::plus_times || only.epilogue >= 0) return;
  if (!plain(only.a, ir::Place::operand) || !plain(only.b, ir::Place::operand) || !plain(only.c, ir::Place::output)) return;
  if (only.dtype == DType::f32) calls_ = direct_calls<float>(only, table);
  if (only.dtype == DType::f64) calls_ = direct_calls<double>(only, table);
}

template void run_small<float>(const InstructionContext<float>&) noexcept;
template void run_small<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
