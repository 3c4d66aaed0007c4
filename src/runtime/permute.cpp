// permute.cpp: copies between layouts. Which loop is innermost decides: a run in both arrays is copied, runs along
// different loops are turned in squares, anything else goes element by element in small blocks. What is only copied moves by
// its size, whatever it means.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/elements.hpp"
#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

enum class Form { rows, squares, any };

// Above this, lines of c are asked for before they are written. 512 x 512 f32: 36 -> 42 GB/s, 256 x 256: 70 -> 60 (Emerald
// Rapids with 2 MiB a core, AVX-512, 1 thread, 2026-11).
constexpr std::int64_t near_bytes = 512 << 10;

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

struct Choice {
  Form form = Form::any;
  bool stream = false;
  bool far = false;     // c lies in the second-level cache at best
  Loop panel;           // of squares: the loop whose runs of columns follow each other in c
  Extent panel_block = 1;
  int panel_loop = -1;  // its place in the outer loops, if it has several blocks
};

// Whole lines of c are worth staging where a run of columns is not itself a multiple of them.
template <class T>
void choose_panels(LoopNest& nest, const Loop& columns, Choice& choice) {
  const Extent bytes = columns.extent * static_cast<Extent>(sizeof(T));
  if ((bytes % 64 == 0 && bytes > 256) || columns.extent > kernels::panel_columns<T> / 2) return;
  for (int i = 0; i < nest.count; ++i) {
    if (nest.loops[i].c != columns.extent) continue;
    choice.panel = nest.take(i);
    choice.panel_block = std::min(choice.panel.extent, kernels::panel_columns<T> / columns.extent);
    nest.push(blocks_of(choice.panel, choice.panel_block));
    return;
  }
}

void order_outer(LoopNest& nest, Choice& choice) {
  const Loop panels = blocks_of(choice.panel, choice.panel_block);
  // Of two loops that are alike, the one along a goes inside: reads foretell themselves to the prefetchers, writes need not.
  nest.sort([](const Loop& x, const Loop& y) {
    const Stride near_x = std::min(std::abs(x.a), x.c), near_y = std::min(std::abs(y.a), y.c);
    return near_x != near_y ? near_x > near_y : std::abs(x.a) > std::abs(y.a);
  });
  for (int i = 0; i < nest.count; ++i)
    if (panels.extent > 1 && nest.loops[i].c == panels.c) choice.panel_loop = i;  // strides of c are all different
}

// Takes the two innermost loops out of the nest and orders the rest, so that lines of both arrays are met again soon.
template <class T>
Choice choose(ElementPlan& plan, std::int64_t c_bytes) {
  Choice choice;
  LoopNest& nest = plan.outer;
  if (nest.count == 0) return choice;
  const Loop& last = nest.loops[nest.count - 1];
  const int run = run_of_a(nest);
  if (last.c == 1 && last.a == 1) choice.form = Form::rows;
  else if (last.c == 1 && run >= 0) choice.form = Form::squares;
  plan.columns = nest.take(nest.count - 1);
  if (choice.form == Form::rows) {
    constexpr Extent page = 4096 / sizeof(T);
    if (nest.count > 0) plan.rows = nest.take(nest.count - 1);
    else if (plan.columns.extent % page == 0) {  // one long run, as rows
      plan.rows = blocks_of(plan.columns, page);
      plan.columns.extent = page;
    }
    plan.column_block = 16384;
    plan.row_block = std::clamp<Extent>(16384 / plan.columns.extent, 4, 256);
    choice.stream = c_bytes > stream_bytes && plan.columns.extent * static_cast<Extent>(sizeof(T)) >= 256;
    return choice;
  }
  if (nest.count > 0) plan.rows = nest.take(choice.form == Form::squares ? run : smallest_a(nest));
  plan.row_block = plan.column_block = 64;
  if (choice.form == Form::squares) {
    choice.stream = c_bytes > stream_bytes;
    choice.far = !choice.stream && c_bytes > near_bytes;
    if (choice.stream || plan.columns.extent <= 32) choose_panels<T>(nest, plan.columns, choice);
    const bool dense = choice.stream && plan.rows.c == plan.columns.extent && plan.columns.extent <= kernels::panel_columns<T> &&
                       plan.columns.extent * static_cast<Extent>(sizeof(T)) % 64 != 0;
    // Long runs of a, few lines of c at a time: 8192 x 8192 f32 went from 40 to 71 % of memcpy against blocks of 64 x 512
    // walked along c, f64 from 50 to 75-90 % (2-core Emerald Rapids, AVX-512, 2 threads, 2026-11). Two lines of c: with four,
    // ijkl->lkji of 96 x 84 x 84 x 96 f64 has 15 instead of 21 GB/s.
    plan.row_block = 512;
    plan.column_block = choice.panel.extent > 1 || dense ? plan.columns.extent : sizeof(T) < 4 ? 64 : 128 / static_cast<Extent>(sizeof(T));
    if (!choice.stream && choice.panel.extent == 1) {  // in the caches the rows of c are what counts
      plan.row_block = 64;
      plan.column_block = 512;
    }
    plan.columns_outside = true;
  }
  order_outer(nest, choice);
  // A run of a that goes on in the innermost outer loop is followed to its end before the next columns.
  if (choice.form == Form::squares && nest.count > 0 && nest.loops[nest.count - 1].a == plan.rows.extent) {
    plan.inside = 1;
    if (choice.panel_loop == nest.count - 1) ++choice.panel_loop;
  }
  return choice;
}

template <class T>
void copy(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  const Choice choice = choose<T>(plan, plan.outer.iterations() * static_cast<std::int64_t>(sizeof(T)));
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  const auto kernel = choice.form == Form::rows      ? table.copy
                      : choice.form == Form::squares ? table.transpose
                                                     : table.copy_any;
  // Far apart elements cost a line each.
  const bool far = choice.form == Form::any && std::abs(plan.columns.a) * static_cast<Stride>(sizeof(T)) >= 64;
  for_blocks(plan, far ? 64 : 2 * sizeof(T), context.threads, [&](const ElementBlock& at) {
    const Extent panel = choice.panel_loop >= 0 ? at.index[choice.panel_loop] * choice.panel_block : 0;
    kernel({at.rows, at.columns, context.a + at.offset.a, plan.rows.a, plan.columns.a, context.c + at.offset.c,
            plan.rows.c, plan.columns.c, epilogue, choice.stream,
            std::min(choice.panel_block, choice.panel.extent - panel), choice.panel.a, at.before, at.after, choice.far});
    if (choice.stream) table.fence();
  });
}

// The same arrays seen as elements of T.
template <class T>
void copy_as(const CopyContext& context) noexcept {
  copy<T>({context.instruction, context.table, static_cast<const T*>(context.a), nullptr, static_cast<T*>(context.c), T(1), T(0), nullptr, 0, context.threads});
}

}  // namespace

void run_copy(const CopyContext& context, std::size_t element_bytes) noexcept {
  switch (element_bytes) {
    case 1: return copy_as<std::uint8_t>(context);
    case 2: return copy_as<std::uint16_t>(context);
    case 4: return copy_as<float>(context);
    case 8: return copy_as<double>(context);
    default: return copy_as<kernels::Complex<double>>(context);
  }
}

template <class T>
void run_permute(const InstructionContext<T>& context) noexcept {
  if (context.alpha == T(1) && context.beta == T(0)) run_copy({context.instruction, context.table, context.a, context.c, context.threads}, sizeof(T));
  else copy(context);
}

#define EINC_INSTANTIATE(T) template void run_permute<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
