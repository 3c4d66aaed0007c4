// element_blocks.hpp: splits an element-by-element instruction into blocks of rows and columns, and runs them on threads.
// Knows extents, strides and threads; not what is computed in a block.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/vector_kernels.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/parallel_for.hpp"

namespace einc::runtime {

template <class T>
kernels::Epilogue<T> epilogue_of(T alpha, T beta) {
  if (beta != T(0)) return {kernels::Update::accumulate, alpha, beta};
  if (alpha == T(1)) return {};
  return {kernels::Update::scale, alpha, T(0)};
}
template <class T>
kernels::Epilogue<T> epilogue_of(const InstructionContext<T>& context) {
  return epilogue_of(context.alpha, context.beta);
}

// What surrounds the two innermost loops of an instruction, and how large a block of those is.
struct ElementPlan {
  LoopNest outer;
  Loop rows, columns;
  Extent row_block = 1, column_block = 1;
  Offset start;
  bool columns_outside = false;  // walk down the rows of one block of columns before the next, else along the columns of its rows,
  int inside = 0;                // and through this many of the outer loops besides
};

// Every loop of the instruction with c upwards, in the order of c, merged.
inline void collect_elements(const ir::Instruction& instruction, ElementPlan& plan) {
  for (const ir::Loop& loop : instruction.loops) plan.outer.push({loop.extent, loop.a, loop.b, loop.c});
  for (int i = 0; i < plan.outer.count; ++i)
    if (plan.outer.loops[i].c < 0) flip(plan.outer.loops[i], plan.start);
  plan.outer.sort([](const Loop& x, const Loop& y) { return x.c > y.c; });
  plan.outer.merge();
}

// One block: where it starts, its rows and columns.
struct ElementBlock {
  Offset offset;
  Extent rows, columns;
  Extent before, after;  // columns of the same rows in other blocks
  Extent row;            // the first
};

// Calls body(block) for every block, and finish() behind the last of each task. Elements do not depend on each other, so any
// split gives the same.
template <class Body, class Finish>
void for_blocks(ElementPlan& plan, std::int64_t element_bytes, int threads, Body&& body, Finish&& finish) noexcept {
  LoopNest& nest = plan.outer;
  if (nest.count < 0 || nest.count > max_loops - 2) __builtin_unreachable();  // rows and columns were taken out of the nest
  const Extent total = nest.iterations() * plan.rows.extent * plan.columns.extent;
  const int outside = nest.count - plan.inside, within = nest.count + 1;
  const int column_loop = plan.columns_outside ? outside : within, row_loop = plan.columns_outside ? within : outside;
  std::copy_backward(nest.loops + outside, nest.loops + nest.count, nest.loops + nest.count + 1);
  nest.loops[column_loop] = blocks_of(plan.columns, plan.column_block);
  nest.loops[row_loop] = blocks_of(plan.rows, plan.row_block);
  nest.count += 2;
  const auto run = [&](const Offset& offset, const Extent* index) {
    const Extent row = index[row_loop] * plan.row_block, column = index[column_loop] * plan.column_block;
    const Extent columns = std::min(plan.column_block, plan.columns.extent - column);
    body(ElementBlock{offset, std::min(plan.row_block, plan.rows.extent - row), columns, column,
                      plan.columns.extent - column - columns, row});
  };
  const Extent units = nest.iterations();
  const std::int64_t bytes = total * element_bytes;
  if (bytes < thread_bytes) {
    walk(nest, plan.start, 0, units, run);
    finish();
    return;
  }
  const std::int64_t group_bytes = std::max(task_bytes, bytes / most_tasks);
  const Extent group = std::max<Extent>(1, group_bytes / std::max<std::int64_t>(1, bytes / units));
  parallel_for((units + group - 1) / group, threads, [&](std::ptrdiff_t task, int) {
    walk(nest, plan.start, task * group, std::min(units, (task + 1) * group), run);
    finish();
  });
}

template <class Body>
void for_blocks(ElementPlan& plan, std::int64_t element_bytes, int threads, Body&& body) noexcept {
  for_blocks(plan, element_bytes, threads, body, [] {});
}

}  // namespace einc::runtime
