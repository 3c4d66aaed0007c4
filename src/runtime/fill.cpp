// fill.cpp: c = value, or alpha * value + beta * c when the instruction scales into its output. The value is its factor.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/elements.hpp"
#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

template <class T>
void run_fill(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  const T value = context.alpha;  // the factor is in it already
  const bool scales = context.beta != T(0);
  if (scales && context.beta == T(1) && value == T(0)) return;
  if (scales && context.instruction.algebra == Algebra::custom) return;  // beta is 1, and the value the neutral element of +
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  const Extent elements = plan.outer.iterations();
  if (plan.outer.count > 0) plan.columns = plan.outer.take(plan.outer.count - 1);
  if (!scales && plan.columns.c != 1 && plan.outer.count > 0) plan.rows = plan.outer.take(plan.outer.count - 1);
  plan.row_block = 64;
  plan.column_block = 16384;
  const std::int64_t element_bytes = sizeof(T);
  if (scales && value != T(0)) {  // one number is an array without strides
    const T one(1);
    for_blocks(plan, element_bytes, context.threads, [&](const ElementBlock& at) {
      table.copy_any({at.rows, at.columns, &one, 0, 0, context.c + at.offset.c, plan.rows.c, plan.columns.c,
                      {kernels::Update::accumulate, value, context.beta}, false});
    });
    return;
  }
  if (scales) {  // c = beta * c is a copy from c to itself
    for_blocks(plan, element_bytes, context.threads, [&](const ElementBlock& at) {
      T* c = context.c + at.offset.c;
      const kernels::CopyBlock<T> block{at.rows,     at.columns,    c, plan.rows.c, plan.columns.c, c, plan.rows.c,
                                        plan.columns.c, {kernels::Update::scale, context.beta, T(0)}, false};
      (plan.columns.c == 1 ? table.copy : table.copy_any)(block);
    });
    return;
  }
  const bool stream = elements * element_bytes > stream_bytes;
  for_blocks(plan, element_bytes, context.threads, [&](const ElementBlock& at) {
    T* c = context.c + at.offset.c;
    if (plan.columns.c == 1) {
      table.fill(c, at.columns, value, stream);
    } else {
      table.copy_any({at.rows, at.columns, &value, 0, 0, c, plan.rows.c, plan.columns.c, {}, false});
    }
  }, [&] {
    if (stream) table.fence();
  });
}

#define EINC_INSTANTIATE(T) template void run_fill<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
