// gather.cpp: c[batch, m, n] = a[batch, m, at index b[batch, n]]: rows of a table, or elements, where an index says.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/element_blocks.hpp"
#include "runtime/gather_index.hpp"
#include "runtime/read_element.hpp"
#include "runtime/typed_kernels.hpp"
#include "runtime/write_rounded.hpp"

namespace einc::runtime {
namespace {

// Where the rows of a table are taken from, and how they reach c: each array in its own type.
template <class T>
class Rows {
 public:
  Rows(const InstructionContext<T>& context, const ir::Gather& gather, const Loop& row)
      : context_(context), gather_(gather), row_(row), epilogue_(epilogue_of(context)), plain_(!context.instruction.a.dtype && !context.instruction.c.dtype) {}

  // A row of the table for one index.
  void whole(const Offset& offset) const {
    const Extent index = index_at(offset.b);
    const Stride first = index < 0 ? 0 : offset.a + index * gather_.stride, step = index < 0 ? 0 : row_.a;
    if (!plain_) return in_pieces([&](T* held, Extent begin, Extent count) {
      if (index < 0) std::fill_n(held, count, T(0));
      else take(held, first + begin * step, step, count);
    }, offset.c);
    const kernels::VectorKernels<T>& table = vector_kernels<T>(context_.table);
    const T zero = 0;
    const kernels::CopyBlock<T> block{1, row_.extent, index < 0 ? &zero : context_.a + first, 0, step, context_.c + offset.c, 0, row_.c, epilogue_, false};
    (step == 1 && row_.c == 1 ? table.copy : table.copy_any)(block);
  }

  // Elements for an index each.
  void by_element(const Offset& offset) const {
    in_pieces([&](T* held, Extent begin, Extent count) {
      for (Extent i = 0; i < count; ++i) {
        const Extent index = index_at(offset.b + (begin + i) * row_.b);
        held[i] = index < 0 ? T(0) : read_element(context_.instruction.a, context_.a, offset.a + (begin + i) * row_.a + index * gather_.stride);
      }
    }, offset.c);
  }

 private:
  Extent index_at(Stride at) const { return index_of(read_element(context_.instruction.b, context_.b, at), gather_.extent); }

  void take(T* held, Stride first, Stride step, Extent count) const {
    const std::optional<DType> dtype = context_.instruction.a.dtype;
    if (!dtype) {
      for (Extent i = 0; i < count; ++i) held[i] = context_.a[first + i * step];
      return;
    }
    const auto* const from = reinterpret_cast<const std::byte*>(context_.a) + first * static_cast<Stride>(bytes_of(*dtype));
    convert_kernels<T>(context_.table).from[static_cast<std::size_t>(*dtype)](from, step, held, count);
  }

  template <class Fill>
  void in_pieces(const Fill& fill, Stride c) const {
    alignas(64) T held[map_chunk];
    const std::optional<DType> rounded = context_.instruction.c.dtype;
    for (Extent begin = 0; begin < row_.extent; begin += map_chunk) {
      const Extent count = std::min(map_chunk, row_.extent - begin);
      fill(held, begin, count);
      const Stride at = c + begin * row_.c;
      if (rounded) write_rounded(context_.table, *rounded, held, count, reinterpret_cast<std::byte*>(context_.c) + at * static_cast<Stride>(bytes_of(*rounded)), row_.c, epilogue_);
      else vector_kernels<T>(context_.table).finish(held, context_.c + at, row_.c, count, epilogue_);
    }
  }

  const InstructionContext<T>& context_;
  const ir::Gather& gather_;
  const Loop row_;
  const kernels::Epilogue<T> epilogue_;
  const bool plain_;  // table and result are of T
};

}  // namespace

// A row is a run of the table for one index: the innermost loop the index does not vary along. Without one, elements go one
// by one along the innermost loop of c.
template <class T>
void run_gather(const InstructionContext<T>& context, const ir::Gather& gather) noexcept {
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
  const bool whole = row.extent > 1;
  if (!whole && nest.count > 0) row = nest.take(nest.count - 1);

  const Rows<T> rows(context, gather, row);
  const Extent units = nest.iterations();
  const std::int64_t row_bytes = row.extent * 2 * static_cast<std::int64_t>(sizeof(T));
  const auto run = [&](Extent begin, Extent end) {
    walk(nest, {}, begin, end, [&](const Offset& offset, const Extent*) { whole ? rows.whole(offset) : rows.by_element(offset); });
  };
  if (context.threads == 1 || units * row_bytes < thread_bytes) return run(0, units);
  const Extent group = std::max<Extent>(1, task_bytes / row_bytes);
  parallel_for((units + group - 1) / group, context.threads,
               [&](std::ptrdiff_t task, int) { run(task * group, std::min(units, (task + 1) * group)); });
}

template void run_gather<float>(const InstructionContext<float>&, const ir::Gather&) noexcept;
template void run_gather<double>(const InstructionContext<double>&, const ir::Gather&) noexcept;

}  // namespace einc::runtime
