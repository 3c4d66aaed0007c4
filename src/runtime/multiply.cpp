// multiply.cpp: products without a sum: outer and Hadamard products, an array times a scalar.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>

#include "runtime/elements.hpp"
#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

namespace {

inline constexpr Extent staged_rows = 128, staged_columns = 64;

// Runs that go around the caches. Of one that ends inside a line, the ends go through them, and so does what the next run begins with: ab,cd->acbd of 4, 84, 256, 36 f32
// 2.8 -> 0.4 ms without; runs of 260 as fast either way, of 520 1.3 -> 0.85 around them (Zen 4, 2026-11).
constexpr std::int64_t least_run = 128, least_ragged_run = 1024;

template <class T>
bool whole_lines(const ElementPlan& plan, const T* c) {
  constexpr Extent line = line_bytes / static_cast<Extent>(sizeof(T));
  const auto level = [](const Loop& loop) { return loop.c % line == 0; };
  return reinterpret_cast<std::uintptr_t>(c) % line_bytes == 0 && plan.columns.extent % line == 0 && level(plan.rows) && std::all_of(plan.outer.loops, plan.outer.loops + plan.outer.count, level);
}

bool is_run(Stride stride) { return stride == 0 || stride == 1; }

int run_along(const LoopNest& nest, Stride Loop::*array) {
  for (int i = 0; i < nest.count; ++i)
    if (nest.loops[i].*array == 1) return i;
  return -1;
}

// A block of one factor, brought into the order of c if its neighbours are not neighbours along the columns.
template <class T>
struct Factor {
  const T* first;
  Stride row, column;

  void stage(const kernels::VectorKernels<T>& table, const ElementBlock& at, T* space) {
    if (is_run(column)) return;
    const bool one_row = row == 0;
    const kernels::CopyBlock<T> block{one_row ? 1 : at.rows, at.columns, first, row, column, space, staged_columns, 1, {}, false};
    (row == 1 ? table.transpose : table.copy_any)(block);
    *this = {space, one_row ? 0 : staged_columns, 1};
  }
};

}  // namespace

template <class T>
void run_multiply(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  LoopNest& nest = plan.outer;
  const std::int64_t c_bytes = nest.iterations() * static_cast<std::int64_t>(sizeof(T));
  if (nest.count > 0) plan.columns = nest.take(nest.count - 1);
  const Loop& columns = plan.columns;
  const bool in_order = is_run(columns.a) && is_run(columns.b);
  if (nest.count > 0) {
    const int run = in_order ? -1 : run_along(nest, is_run(columns.a) ? &Loop::b : &Loop::a);
    plan.rows = nest.take(run >= 0 ? run : nest.count - 1);
  }
  const Loop& rows = plan.rows;
  if (in_order) {
    plan.column_block = 8192;
    plan.row_block = std::clamp<Extent>(8192 / columns.extent, 1, 64);
  } else {
    plan.row_block = staged_rows;
    plan.column_block = staged_columns;
    plan.columns_outside = true;
  }
  const bool fast = columns.c == 1;
  const std::int64_t run_bytes = std::min(columns.extent, plan.column_block) * static_cast<std::int64_t>(sizeof(T));
  const bool stream = fast && c_bytes > stream_bytes && run_bytes >= (whole_lines(plan, context.c) ? least_run : least_ragged_run);
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  const auto kernel = fast ? table.multiply : table.multiply_any;
  for_blocks(plan, 3 * sizeof(T), context.threads, [&](const ElementBlock& at) {
    alignas(64) T space[2][staged_rows * staged_columns];
    Factor<T> a{context.a + at.offset.a, rows.a, columns.a}, b{context.b + at.offset.b, rows.b, columns.b};
    if (fast && !in_order) {
      a.stage(table, at, space[0]);
      b.stage(table, at, space[1]);
    }
    kernel({at.rows, at.columns, a.first, a.row, a.column, b.first, b.row, b.column, context.c + at.offset.c, rows.c,
            columns.c, epilogue, stream});
  }, [&] {
    if (stream) table.fence();
  });
}

#define EINC_INSTANTIATE(T) template void run_multiply<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
