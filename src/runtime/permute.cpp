// permute.cpp: copies between layouts. Which loop is innermost decides: a run in both arrays is copied, runs along
// different loops are turned in squares, anything else goes element by element in small blocks.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/element_blocks.hpp"
#include "runtime/vector_table.hpp"

namespace einc::runtime {
namespace {

enum class Form { rows, squares, any };

// The loop (not the last, which is along c) whose neighbours are neighbours in a; -1 when there is none.
int run_of_a(const LoopNest& nest) {
  for (int i = nest.count - 2; i >= 0; --i)
    if (nest.loops[i].a == 1) return i;
  return -1;
}

int smallest_a(const LoopNest& nest) {
  int best = 0;
  for (int i = 1; i < nest.count; ++i)
    if (std::abs(nest.loops[i].a) <= std::abs(nest.loops[best].a)) best = i;
  return best;
}

// Takes the two innermost loops out of the nest and orders the rest, so that lines of both arrays are met again soon.
template <class T>
Form choose(ElementPlan& plan) {
  LoopNest& nest = plan.outer;
  if (nest.count == 0) return Form::any;
  const Loop& last = nest.loops[nest.count - 1];
  const int run = run_of_a(nest);
  Form form = Form::any;
  if (last.c == 1 && last.a == 1) form = Form::rows;
  else if (last.c == 1 && run >= 0) form = Form::squares;
  plan.columns = nest.take(nest.count - 1);
  if (nest.count > 0) {
    if (form == Form::rows) plan.rows = nest.take(nest.count - 1);
    else plan.rows = nest.take(form == Form::squares ? run : smallest_a(nest));
  }
  if (form != Form::rows) {
    nest.sort([](const Loop& x, const Loop& y) {
      return std::min(std::abs(x.a), x.c) > std::min(std::abs(y.a), y.c);
    });
  }
  if (form == Form::rows) {
    plan.column_block = 16384;
    plan.row_block = std::clamp<Extent>(16384 / plan.columns.extent, 1, 256);
  } else if (form == Form::squares) {
    plan.row_block = 64;
    plan.column_block = 512;
  } else {
    plan.row_block = plan.column_block = 64;
  }
  return form;
}

}  // namespace

template <class T>
void run_permute(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  const std::int64_t c_bytes = plan.outer.iterations() * static_cast<std::int64_t>(sizeof(T));
  const Form form = choose<T>(plan);
  const bool stream =
      form != Form::any && c_bytes > stream_bytes && plan.columns.extent * static_cast<Extent>(sizeof(T)) >= 256;
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  const auto kernel = form == Form::rows ? table.copy : form == Form::squares ? table.transpose : table.copy_any;
  for_blocks(plan, 2 * sizeof(T), context.threads, [&](const Offset& offset, Extent rows, Extent columns) {
    kernel({rows, columns, context.a + offset.a, plan.rows.a, plan.columns.a, context.c + offset.c, plan.rows.c,
            plan.columns.c, epilogue, stream});
    if (stream) table.fence();
  });
}

template void run_permute<float>(const InstructionContext<float>&) noexcept;
template void run_permute<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
