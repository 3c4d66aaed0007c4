// gather.cpp: c[batch, m, n] = a[batch, m, at index b[batch, n]]: rows of a table, or elements, where an index says.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

// The index as a whole number; -1 where it names no position.
template <class T>
Extent index_of(T value, Extent extent) {
  if (!(value >= T(0) && value < static_cast<T>(extent))) return -1;  // a NaN, too, fails the comparison
  const auto index = static_cast<Extent>(value);
  return index < extent ? index : -1;
}

}  // namespace

// A row is a run of the table for one index: the innermost loop the index does not vary along. Without one, elements go one
// by one along the innermost loop of c.
template <class T>
void run_gather(const InstructionContext<T>& context, const ir::Gather& gather) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  LoopNest nest;
  for (const ir::Loop& loop : context.instruction.loops) nest.push({loop.extent, loop.a, loop.b, loop.c});
  nest.sort([](const Loop& x, const Loop& y) { return std::abs(x.c) > std::abs(y.c); });
  nest.merge();
  Loop row;
  for (int i = nest.count - 1; i >= 0; --i) {
    if (nest.loops[i].b != 0) continue;
    row = nest.take(i);
    break;
  }
  const bool rows = row.extent > 1;
  if (!rows && nest.count > 0) row = nest.take(nest.count - 1);

  const T zero = 0;
  const auto one_row = [&](const Offset& offset) {
    T* const c = context.c + offset.c;
    if (rows) {
      const Extent index = index_of(context.b[offset.b], gather.extent);
      const T* const a = index < 0 ? &zero : context.a + offset.a + index * gather.stride;
      const Stride step = index < 0 ? 0 : row.a;
      const kernels::CopyBlock<T> block{1, row.extent, a, 0, step, c, 0, row.c, epilogue, false};
      (step == 1 && row.c == 1 ? table.copy : table.copy_any)(block);
      return;
    }
    constexpr Extent piece = 256;
    T held[piece];
    for (Extent begin = 0; begin < row.extent; begin += piece) {
      const Extent count = std::min(piece, row.extent - begin);
      for (Extent i = 0; i < count; ++i) {
        const Extent index = index_of(context.b[offset.b + (begin + i) * row.b], gather.extent);
        held[i] = index < 0 ? T(0) : context.a[offset.a + (begin + i) * row.a + index * gather.stride];
      }
      table.finish(held, c + begin * row.c, row.c, count, epilogue);
    }
  };
  const Extent units = nest.iterations();
  const std::int64_t row_bytes = row.extent * 2 * static_cast<std::int64_t>(sizeof(T));
  const auto run = [&](Extent begin, Extent end) {
    walk(nest, {}, begin, end, [&](const Offset& offset, const Extent*) { one_row(offset); });
  };
  if (context.threads == 1 || units * row_bytes < thread_bytes) return run(0, units);
  const Extent group = std::max<Extent>(1, task_bytes / row_bytes);
  parallel_for((units + group - 1) / group, context.threads,
               [&](std::ptrdiff_t task, int) { run(task * group, std::min(units, (task + 1) * group)); });
}

template void run_gather<float>(const InstructionContext<float>&, const ir::Gather&) noexcept;
template void run_gather<double>(const InstructionContext<double>&, const ir::Gather&) noexcept;

}  // namespace einc::runtime
