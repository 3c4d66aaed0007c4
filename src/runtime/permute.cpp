// permute.cpp: copies between layouts. Which loop is innermost decides: a run in both arrays is copied, runs along
// different loops are turned in squares, anything else goes element by element in small blocks. What is only copied moves by
// its size, whatever it means.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>

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

// Loops that one array walks as one, the fastest first.
struct Chain {
  static constexpr int most = 8;
  int count = 0;
  Loop loops[most];
  Extent extent = 1;

  void push(const Loop& loop) {
    loops[count++] = loop;
    extent *= loop.extent;
  }
  // Takes loops of the nest that go on where this one ends in the array, until there are `enough` positions.
  void follow(LoopNest& nest, Stride Loop::*array, Extent enough) {
    for (int i = 0; i < nest.count && extent < enough && count < most; ++i)
      if (nest.loops[i].*array == extent) {
        push(nest.take(i));
        i = -1;
      }
  }
  // Where the positions from `first` on lie in the other array.
  void list(Stride Loop::*array, Extent first, Extent positions, std::ptrdiff_t* at) const {
    Extent index[most] = {};
    Stride start = 0;
    for (int i = 0; i < count; ++i) {
      index[i] = first % loops[i].extent;
      first /= loops[i].extent;
      start += index[i] * (loops[i].*array);
    }
    for (Extent done = 0; done < positions;) {
      const Stride step = loops[0].*array;
      const Extent some = std::min(positions - done, loops[0].extent - index[0]);
      for (Extent i = 0; i < some; ++i) at[done + i] = start + i * step;
      done += some;
      start += (loops[0].extent - index[0]) * step;
      index[0] = loops[0].extent;
      for (int i = 0; i + 1 < count && index[i] == loops[i].extent; ++i) {
        index[i] = 0;
        start += loops[i + 1].*array - loops[i].extent * (loops[i].*array);
        ++index[i + 1];
      }
    }
  }
};

constexpr Extent most_streams = 32;  // pages that are read in turn: as many as some machines foresee
constexpr Extent most_lines_in_turn = 128;  // of which parts are read in turn, and which are still there for the next part
constexpr Extent most_rows = 512;  // of a block of squares

struct Choice {
  Form form = Form::any;
  bool stream = false;
  bool far = false;     // c lies in the second-level cache at best
  bool ahead = false;   // what is read lies behind each other in a
  Chain rows, columns;  // of squares, where these are several loops
};

// Runs that are copied, in large arrays: as a has them, and what follows is asked for. ijk->jik of 400^3, f32, runs of 1600 bytes, GB/s read and written: 36 so, 19 to 24
// in the order of c, 23 in pieces of half a kilobyte of 16 rows in turn; of 256 bytes 37, 15, 20 to 24 (Zen 4, 1 thread, 2026-11). Where rows of c share lines the
// same holds: 40 and 20, of 256 bytes 19 and 12. Emerald Rapids has 85 to 89 % of memcpy so, 93 in pieces in turn. Runs of 64 to 192 bytes that are whole lines
// of both: 21 to 36 so, 6 to 8 in the order of c; shorter ones, or of other lengths, stored through the caches: 6.5 to 7.5, and 3 to 4, unless
// few of them are read in turn.
void take_in_order(ElementPlan& plan) {
  plan.outer.push(plan.rows);
  plan.outer.sort([](const Loop& x, const Loop& y) { return std::abs(x.a) > std::abs(y.a); });
  plan.rows = plan.outer.take(plan.outer.count - 1);
}

// Of two loops that are alike, the one along a goes inside: reads foretell themselves to the prefetchers, writes need not.
void order_outer(LoopNest& nest) {
  nest.sort([](const Loop& x, const Loop& y) {
    const Stride near_x = std::min(std::abs(x.a), x.c), near_y = std::min(std::abs(y.a), y.c);
    return near_x != near_y ? near_x > near_y : std::abs(x.a) > std::abs(y.a);
  });
}

// Short runs, or such that leave lanes idle, are joined with the loops that go on where they end.
template <class T>
void join_runs(ElementPlan& plan, Choice& choice) {
  constexpr Extent line = line_bytes / static_cast<Extent>(sizeof(T));
  const Extent rows = plan.rows.extent, columns = plan.columns.extent;
  if (choice.stream ? rows % line == 0 && columns % most_streams == 0 : columns > 32) return;
  choice.rows.push(plan.rows), choice.columns.push(plan.columns);
  choice.columns.follow(plan.outer, &Loop::c, 4 * line);
  choice.rows.follow(plan.outer, &Loop::a, 2 * most_rows);
  if (choice.stream && columns % most_streams != 0) choice.columns.follow(plan.outer, &Loop::c, 2 * most_rows);
  if (choice.rows.count == 1 && choice.columns.count == 1) return;
  plan.rows = {choice.rows.extent, 1, 0, 0};
  plan.columns = {choice.columns.extent, 0, 0, 1};
}

// Fewer short rows than these are a block of several loops, until there are enough: starting one takes as long as some rows.
constexpr Extent few_rows = 12, enough_rows = 128;
void join_rows(ElementPlan& plan, Choice& choice) {
  choice.rows.push(plan.rows);
  while (plan.outer.count > 0 && choice.rows.extent < enough_rows && choice.rows.count < Chain::most) choice.rows.push(plan.outer.take(plan.outer.count - 1));
  plan.rows = {choice.rows.extent, 0, 0, 0};
}

template <class T>
void choose_rows(ElementPlan& plan, Choice& choice, bool stores, bool begins_line) {
  constexpr Extent page = page_bytes / static_cast<Extent>(sizeof(T)), line = line_bytes / static_cast<Extent>(sizeof(T));
  const LoopNest& nest = plan.outer;
  const bool lines = begins_line && plan.columns.extent % line == 0 && std::all_of(nest.loops, nest.loops + nest.count, [](const Loop& loop) { return loop.c % line == 0; });
  const bool far = choice.stream;
  choice.stream = choice.stream && (lines || plan.columns.extent >= 4 * line);
  if (plan.outer.count > 0) plan.rows = plan.outer.take(plan.outer.count - 1);
  else if (plan.columns.extent % page == 0) {  // one long run, as rows
    plan.rows = blocks_of(plan.columns, page);
    plan.columns.extent = page;
  }
  plan.column_block = 16384;
  plan.row_block = std::clamp<Extent>(16384 / plan.columns.extent, 4, 256);
  choice.ahead = choice.stream && stores && plan.rows.extent > 1;
  if (choice.ahead || (far && !choice.stream && stores && plan.rows.extent > most_lines_in_turn)) take_in_order(plan);
  if (stores && plan.columns.extent < 4 * line && plan.rows.extent < few_rows && plan.outer.count > 0) join_rows(plan, choice);
}

template <class T>
void choose_squares(ElementPlan& plan, Choice& choice, bool stores) {
  constexpr Extent bytes = static_cast<Extent>(sizeof(T));
  const Extent rows = plan.rows.extent, columns = plan.columns.extent;
  plan.columns_outside = true;
  choice.far = !choice.stream && plan.outer.iterations() * rows * columns * bytes > near_bytes;
  const bool dense = choice.stream && plan.rows.c == columns && columns <= kernels::most_columns<T> && columns * bytes % line_bytes != 0;
  // Runs shorter than a page, one behind another: memory is asked for as it lies, a block ahead.
  choice.ahead = choice.stream && stores && plan.columns.a == rows && rows * bytes <= page_bytes && (dense || columns * bytes >= 4 * line_bytes || columns * bytes % line_bytes == 0) && (!dense || rows * columns * bytes <= near_bytes);
  if (stores && !dense && !choice.ahead) join_runs<T>(plan, choice);
  const bool joined = choice.rows.count > 1 || choice.columns.count > 1;
  plan.row_block = choice.ahead ? rows : most_rows;
  plan.column_block = dense ? columns : choice.ahead ? 128 / bytes : bytes < 2 ? 64 : most_streams;
  if (!choice.stream) {  // in the caches the rows of c are what counts
    plan.row_block = 64;
    plan.column_block = joined ? kernels::most_columns<T> : 512;
  }
  order_outer(plan.outer);
  // A run of a that goes on in the innermost outer loop is followed to its end before the next columns.
  if (plan.outer.count > 0 && plan.outer.loops[plan.outer.count - 1].a == plan.rows.extent) plan.inside = 1;
}

// Takes the two innermost loops out of the nest and orders the rest, so that lines of both arrays are met again soon.
template <class T>
Choice choose(ElementPlan& plan, bool stores, bool has_lines, bool begins_line) {
  Choice choice;
  LoopNest& nest = plan.outer;
  if (nest.count == 0) return choice;
  choice.stream = has_lines && nest.iterations() * static_cast<std::int64_t>(sizeof(T)) > stream_bytes;
  const Loop& last = nest.loops[nest.count - 1];
  const int run = run_of_a(nest);
  if (last.c == 1 && last.a == 1) choice.form = Form::rows;
  else if (last.c == 1 && run >= 0) choice.form = Form::squares;
  plan.columns = nest.take(nest.count - 1);
  if (choice.form == Form::rows) {
    choose_rows<T>(plan, choice, stores, begins_line);
    return choice;
  }
  if (nest.count > 0) plan.rows = nest.take(choice.form == Form::squares ? run : smallest_a(nest));
  plan.row_block = plan.column_block = 64;
  if (choice.form == Form::squares) choose_squares<T>(plan, choice, stores);
  else order_outer(nest);
  return choice;
}

template <class T>
void copy(const InstructionContext<T>& context) noexcept {
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  ElementPlan plan;
  collect_elements(context.instruction, plan);
  const kernels::Epilogue<T> epilogue = epilogue_of(context);
  const auto address = reinterpret_cast<std::uintptr_t>(context.c);
  const bool has_lines = address % sizeof(T) == 0;  // of whole elements
  const Choice choice = choose<T>(plan, epilogue.update == kernels::Update::store, has_lines, address % line_bytes == 0);
  const auto kernel = choice.form == Form::rows      ? table.copy
                      : choice.form == Form::squares ? table.transpose
                                                     : table.copy_any;
  constexpr Extent line = line_bytes / static_cast<Extent>(sizeof(T));
  const bool joined = choice.rows.count > 1 || choice.columns.count > 1;
  const bool level = std::all_of(choice.rows.loops, choice.rows.loops + choice.rows.count, [](const Loop& loop) { return loop.c % line == 0; });
  // Far apart elements cost a line each.
  const bool far = choice.form == Form::any && std::abs(plan.columns.a) * static_cast<Stride>(sizeof(T)) >= 64;
  for_blocks(plan, far ? 64 : 2 * sizeof(T), context.threads, [&](const ElementBlock& at) {
    const Extent before = choice.stream ? at.before : 0, after = choice.stream ? at.after : 0;
    const auto block_of = [&](const std::ptrdiff_t* a_columns, const std::ptrdiff_t* c_rows) {
      return kernels::CopyBlock<T>{at.rows,     at.columns,     context.a + at.offset.a, plan.rows.a, plan.columns.a,
                                   context.c + at.offset.c, plan.rows.c, plan.columns.c, epilogue, choice.stream,
                                   before,      after,          choice.far, choice.ahead, a_columns, c_rows, level};
    };
    if (!joined) return kernel(block_of(nullptr, nullptr));
    std::ptrdiff_t a_columns[kernels::most_columns<T> + line], c_rows[most_rows];
    if (choice.form == Form::rows) {
      choice.rows.list(&Loop::a, at.row, at.rows, a_columns);
      choice.rows.list(&Loop::c, at.row, at.rows, c_rows);
      return kernel(block_of(a_columns, c_rows));
    }
    choice.columns.list(&Loop::a, at.before, at.columns + std::min(after, line), a_columns);
    choice.rows.list(&Loop::c, at.row, at.rows, c_rows);
    kernel(block_of(a_columns, c_rows));
  }, [&] {
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
