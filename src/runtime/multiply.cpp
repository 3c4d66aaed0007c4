// multiply.cpp: products without a sum: outer and Hadamard products, an array times a scalar.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/element_blocks.hpp"
#include "runtime/vector_table.hpp"

namespace einc::runtime {

template <class T>
void run_multiply(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  const std::int64_t c_bytes = plan.outer.iterations() * static_cast<std::int64_t>(sizeof(T));
  if (plan.outer.count > 0) plan.columns = plan.outer.take(plan.outer.count - 1);
  if (plan.outer.count > 0) plan.rows = plan.outer.take(plan.outer.count - 1);
  const Loop& rows = plan.rows;
  const Loop& columns = plan.columns;
  const auto simple = [](Stride stride) { return stride == 0 || stride == 1; };
  const bool fast = columns.c == 1 && simple(columns.a) && simple(columns.b);
  plan.column_block = fast ? 8192 : 64;
  plan.row_block = fast ? std::clamp<Extent>(8192 / columns.extent, 1, 64) : 64;
  const bool stream = fast && c_bytes > stream_bytes && columns.extent * sizeof(T) >= 512;
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  const auto kernel = fast ? table.multiply : table.multiply_any;
  for_blocks(plan, 3 * sizeof(T), context.threads, [&](const ElementBlock& at) {
    kernel({at.rows, at.columns, context.a + at.offset.a, rows.a, columns.a, context.b + at.offset.b, rows.b, columns.b,
            context.c + at.offset.c, rows.c, columns.c, epilogue, stream});
    if (stream) table.fence();
  });
}

template void run_multiply<float>(const InstructionContext<float>&) noexcept;
template void run_multiply<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
