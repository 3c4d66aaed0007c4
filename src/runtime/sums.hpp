// sums.hpp: the one driver behind reduce, dot and matvec: c[outputs] = sum over k of a, or of a * b.
//
// A sum is cut into blocks from its extents alone. The blocks of one result are added pairwise, as a binary counter
// carries, so that rounding errors grow with the logarithm of their number. A long sum with few results is cut into
// chunks of blocks besides, one task each, added pairwise in their order. Neither cut knows the number of threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/sum_form.hpp"
#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"
#include "runtime/write_rounded.hpp"

namespace einc::runtime {

using ir::SumForm;

struct SumPlan {
  LoopNest outputs, sums;  // loops around a block; the last of each is the loop over its blocks
  Loop result, depth, length;
  Extent result_block = 1, depth_block = 1, length_block = 1;
  SumForm form = SumForm::any;
  Extent together = 1;  // positions of the outputs that are summed block by block beside each other: they lie in the same pages
  Offset start;
  bool far = false;  // more is read than caches hold
};

static_assert(kernels::sum_count<std::byte> == ir::sum_block_bytes);

namespace sums_detail {

inline constexpr int levels = 12;              // of pairwise addition; beyond 2^11 blocks the top level adds in order
inline constexpr Extent chunk_limit = 64;      // chunks of one sum
inline constexpr std::int64_t chunk_bytes = 256 << 10;  // of a and b read by one chunk, at least
inline constexpr Extent most_together = 64;    // positions
inline constexpr Extent rows_in_turn = 8, least_beside = 16;  // rows of one result, of at least so many results

// The last loop that is such a one; -1: none.
inline int find(const LoopNest& nest, bool (*is)(const ir::Loop&, bool), bool product) {
  for (int i = nest.count - 1; i >= 0; --i)
    if (is({ir::Role::k, nest.loops[i].extent, nest.loops[i].a, nest.loops[i].b, nest.loops[i].c}, product)) return i;
  return -1;
}

// The results summed together share b if they can, and lie close in a.
inline int find_results(const LoopNest& nest, bool product) {
  for (int i = nest.count - 1; product && i >= 0; --i)
    if (nest.loops[i].b == 0 && nest.loops[i].extent >= 4) return i;
  for (int i = nest.count - 1; i >= 0; --i)
    if (nest.loops[i].extent >= 4) return i;
  return nest.count - 1;
}

inline Loop take_or_one(LoopNest& nest, int index) { return index >= 0 && index < nest.count ? nest.take(index) : Loop{}; }

inline void swap_factors(LoopNest& nest) {
  for (int i = 0; i < nest.count; ++i) std::swap(nest.loops[i].a, nest.loops[i].b);
}

inline void sort_by_a(LoopNest& nest) {
  nest.sort([](const Loop& x, const Loop& y) {
    const Stride xa = std::abs(x.a), ya = std::abs(y.a);
    return xa != ya ? xa > ya : std::abs(x.b) > std::abs(y.b);
  });
  nest.merge();
}

inline void collect(const ir::Instruction& instruction, SumPlan& plan) {
  for (const ir::Loop& given : instruction.loops) {
    Loop loop{given.extent, given.a, given.b, given.c};
    if (loop.a < 0 || (loop.a == 0 && loop.b < 0)) flip(loop, plan.start);
    (given.role == ir::Role::k ? plan.sums : plan.outputs).push(loop);
  }
}

// Which loops form a block. `swapped` tells that a and b changed places, which a product does not mind where both are of one type.
inline SumPlan choose(const ir::Instruction& instruction, bool product, std::int64_t element_bytes, bool may_swap, bool& swapped) {
  SumPlan plan;
  collect(instruction, plan);
  sort_by_a(plan.sums);
  sort_by_a(plan.outputs);
  double elements = 1;
  for (const ir::Loop& loop : instruction.loops) elements *= static_cast<double>(loop.extent);
  plan.far = elements * static_cast<double>(element_bytes) > static_cast<double>(ir::stream_bytes);
  const SumForm form = ir::sum_form(instruction);
  const int across = form == SumForm::across ? find(plan.sums, ir::sums_across, product) : -1;
  int down = form == SumForm::down ? find(plan.outputs, ir::sums_down, product) : -1;
  if (form == SumForm::down && down < 0 && may_swap) {
    swap_factors(plan.sums);
    swap_factors(plan.outputs);
    down = find(plan.outputs, ir::sums_down, product);
    swapped = down >= 0;
    if (!swapped) {
      swap_factors(plan.sums);
      swap_factors(plan.outputs);
    } else {
      std::swap(plan.start.a, plan.start.b);
    }
  }
  const Extent most_results = ir::sum_block_bytes / element_bytes;
  Extent budget = 512, results = 64;  // terms of one result in a block, results in a block
  if (across >= 0) {
    plan.form = SumForm::across;
    plan.length = plan.sums.take(across);
    plan.result = take_or_one(plan.outputs, find_results(plan.outputs, product));
    budget = 4096;
    results = std::clamp<Extent>(16384 / plan.length.extent, 64, std::min<Extent>(1024, most_results));  // short rows: more of them a call
    // Long rows in memory one after the other, as they lie; where they share b, some a block, while it is in cache.
    if (plan.far && plan.length.extent > budget && !(product && plan.result.b == 0)) results = 1;
  } else if (down >= 0) {
    plan.form = SumForm::down;
    plan.result = plan.outputs.take(down);
    plan.length = take_or_one(plan.sums, plan.sums.count - 1);
    budget = 128;
    results = most_results;
  } else {
    plan.length = take_or_one(plan.sums, plan.sums.count - 1);
    plan.result = take_or_one(plan.outputs, plan.outputs.count - 1);
  }
  plan.depth = take_or_one(plan.sums, plan.sums.count - 1);
  plan.result_block = std::min(plan.result.extent, results);
  plan.length_block = std::min(plan.length.extent, budget);
  plan.depth_block = std::clamp<Extent>(budget / plan.length.extent, 1, plan.depth.extent);
  // Where rows of other results lie between those of one, some of one are summed, then as many of the next: memory is read in so many places in turn.
  if (plan.form == SumForm::across && plan.result_block >= least_beside && std::abs(plan.result.a) < std::abs(plan.depth.a)) plan.depth_block = std::min(plan.depth_block, rows_in_turn);
  // Rows of results that lie between the rows of others: as many as share pages are read in turn, block by block.
  if (plan.form == SumForm::down && plan.result_block == plan.result.extent && plan.outputs.count > 0) {
    const Loop& beside = plan.outputs.loops[plan.outputs.count - 1];
    const Stride step = std::abs(beside.a), row = std::abs(plan.length.a);
    if (step > 0 && step < row && row * element_bytes > 2 * line_bytes && step * element_bytes < page_bytes)
      plan.together = std::clamp<Extent>(std::min<Extent>(most_results / plan.result.extent, page_bytes / (step * element_bytes)), 1, std::min(beside.extent, most_together));
  }
  // The loops over blocks go innermost; walk() hands their indices over.
  plan.outputs.loops[plan.outputs.count++] = blocks_of(plan.result, plan.result_block);
  plan.sums.loops[plan.sums.count++] = blocks_of(plan.depth, plan.depth_block);
  plan.sums.loops[plan.sums.count++] = blocks_of(plan.length, plan.length_block);
  return plan;
}

// Partial sums of a run of blocks, added as a binary counter carries: level i holds the sum of 2^i blocks.
template <class T>
class PairwiseSum {
 public:
  PairwiseSum(const kernels::VectorKernels<T>& table, Extent count) : table_(table), count_(count) {}

  // Where the next partial sums go; push() takes them in.
  T* next() { return held_[levels]; }
  void push() {
    int level = 0;
    for (; level < levels - 1 && (pushed_ >> level & 1) != 0; ++level) table_.add(held_[levels], held_[level], count_);
    if (level == levels - 1 && pushed_ >> level != 0) table_.add(held_[level], held_[levels], count_);
    else std::copy_n(held_[levels], count_, held_[level]);
    ++pushed_;
  }
  // The sum of all, in the place of the last partial sums.
  T* total() {
    bool empty = true;
    for (int level = 0; level < levels; ++level) {
      const bool used = level < levels - 1 ? (pushed_ >> level & 1) != 0 : pushed_ >> level != 0;
      if (!used) continue;
      if (empty) std::copy_n(held_[level], count_, held_[levels]);
      else table_.add(held_[levels], held_[level], count_);
      empty = false;
    }
    return held_[levels];
  }

 private:
  const kernels::VectorKernels<T>& table_;
  Extent count_;
  std::uint64_t pushed_ = 0;
  alignas(64) T held_[levels + 1][kernels::sum_count<T>];
};

// Of elements of S, times those of B, in numbers of T.
template <class T, class S, class B>
struct Sums {
  const InstructionContext<T>& context;
  const kernels::VectorKernels<T>& table;
  const SumPlan& plan;
  const S* a;
  const B* b;
  typename kernels::SumKernels<S, T, B>::Sum kernel;

  void block(const Offset& output, const Offset& offset, const Extent* index, Extent count, T* result) const {
    const Extent* last = index + plan.sums.count - 2;
    kernel({count, std::min(plan.depth_block, plan.depth.extent - last[0] * plan.depth_block),
            std::min(plan.length_block, plan.length.extent - last[1] * plan.length_block), a + output.a + offset.a,
            plan.result.a, plan.depth.a, plan.length.a, b + output.b + offset.b, plan.result.b, plan.depth.b,
            plan.length.b, plan.far},
           result);
  }

  // Some positions of the outputs, `count` results each. Places are not cleared: that takes as long as a short sum.
  struct Group {
    Extent positions = 0, count = 0;
    Stride a[most_together], b[most_together], c[most_together];
    Group() {}
  };
  // body(group) for the positions [begin, end).
  template <class Body>
  void for_groups(Extent begin, Extent end, Extent together, Body&& body) const {
    Group group;
    Extent left = end - begin;
    walk(plan.outputs, plan.start, begin, end, [&](const Offset& output, const Extent* index) {
      const Extent at = group.positions++;
      group.a[at] = output.a, group.b[at] = output.b, group.c[at] = output.c;
      if (--left > 0 && group.positions < together) return;
      group.count = count_of(index);
      body(group);
      group.positions = 0;
    });
  }

  // Blocks [begin, end) of a group, left in result[0, positions * count).
  void run(const Group& group, Extent begin, Extent end, T* result) const {
    const auto blocks = [&](const Offset& offset, const Extent* index, T* to) {
      for (Extent position = 0; position < group.positions; ++position) block({group.a[position], group.b[position], 0}, offset, index, group.count, to + position * group.count);
    };
    if (end - begin == 1) return walk(plan.sums, {}, begin, end, [&](const Offset& offset, const Extent* index) { blocks(offset, index, result); });
    PairwiseSum<T> sum(table, group.positions * group.count);
    walk(plan.sums, {}, begin, end, [&](const Offset& offset, const Extent* index) {
      blocks(offset, index, sum.next());
      sum.push();
    });
    std::copy_n(sum.total(), group.positions * group.count, result);
  }

  void finish(const T* results, const Group& group) const {
    for (Extent position = 0; position < group.positions; ++position) finish(results + position * group.count, group.c[position], group.count);
  }
  void finish(const T* result, Stride output, Extent count) const {
    const std::optional<DType> rounded = context.instruction.c.dtype;
    if (!rounded) return table.finish(result, context.c + output, plan.result.c, count, epilogue_of(context));
    const auto bytes = static_cast<Stride>(bytes_of(*rounded));
    std::byte* const c = reinterpret_cast<std::byte*>(context.c) + output * bytes;
    for (Extent done = 0; done < count; done += map_chunk)
      write_rounded(context.table, *rounded, result + done, std::min(map_chunk, count - done), c + done * plan.result.c * bytes, plan.result.c, epilogue_of(context));
  }
  Extent count_of(const Extent* index) const {
    return std::min(plan.result_block, plan.result.extent - index[plan.outputs.count - 1] * plan.result_block);
  }

  // Every task sums some blocks of results from end to end.
  void run_outputs(Extent units, Extent blocks, std::int64_t unit_bytes) const {
    const int threads = units * unit_bytes < thread_bytes ? 1 : context.threads;
    const Extent together = std::clamp<Extent>(units / std::max(threads, 1), 1, plan.together);
    const Extent share = std::max<Extent>(together, task_bytes / std::max<std::int64_t>(1, unit_bytes) / together * together);
    parallel_for((units + share - 1) / share, threads, [&](std::ptrdiff_t task, int) {
      alignas(64) T result[kernels::sum_count<T>];
      for_groups(task * share, std::min(units, (task + 1) * share), together, [&](const Group& group) {
        run(group, 0, blocks, result);
        finish(result, group);
      });
    });
  }

  // The tasks share every sum: a few results of long sums.
  void run_chunks(Extent units, Extent blocks, Extent chunks) const {
    const Extent per_chunk = (blocks + chunks - 1) / chunks;
    chunks = (blocks + per_chunk - 1) / per_chunk;
    constexpr Extent room = 8 * kernels::sum_count<T>;
    for_groups(0, units, std::clamp<Extent>(room / (chunks * plan.result_block), 1, plan.together), [&](const Group& group) {
      alignas(64) T partial[room];
      const Extent count = group.positions * group.count;
      parallel_for(chunks, context.threads, [&](std::ptrdiff_t chunk, int) {
        run(group, chunk * per_chunk, std::min(blocks, (chunk + 1) * per_chunk), partial + chunk * count);
      });
      for (Extent distance = 1; distance < chunks; distance *= 2)
        for (Extent chunk = 0; chunk + distance < chunks; chunk += 2 * distance)
          table.add(partial + chunk * count, partial + (chunk + distance) * count, count);
      finish(partial, group);
    });
  }
};

template <class T, class S, class B>
void run(const InstructionContext<T>& context, const kernels::SumKernels<S, T, B>& family, bool product) noexcept {
  constexpr bool alike = std::is_same_v<S, B>;
  bool swapped = false;
  const SumPlan plan = choose(context.instruction, product, sizeof(T), alike, swapped);
  const auto kernel = plan.form == SumForm::across ? family.across : plan.form == SumForm::down ? family.down : family.any;
  const auto* a = reinterpret_cast<const S*>(context.a);
  const auto* b = reinterpret_cast<const B*>(context.b);
  if constexpr (alike) {
    if (!product) b = a;
    if (swapped) std::swap(a, b);
  }
  const Sums<T, S, B> sums{context, vector_kernels<T>(context.table), plan, a, b, kernel};

  const Extent units = plan.outputs.iterations(), blocks = plan.sums.iterations();
  std::int64_t unit_bytes = plan.result_block * blocks * plan.length_block * plan.depth_block;
  unit_bytes *= static_cast<std::int64_t>(sizeof(S));
  const Extent chunks = std::min({blocks, chunk_limit, std::max<Extent>(1, unit_bytes / chunk_bytes),
                                  8 * kernels::sum_count<T> / plan.result_block});
  if (units < 16 && chunks > 1) sums.run_chunks(units, blocks, chunks);
  else sums.run_outputs(units, blocks, unit_bytes);
}

}  // namespace sums_detail

// Halves are read as they lie; the other factor is of their type, or a float.
template <class T, bool product>
void run_sums(const InstructionContext<T>& context) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    const auto run_halves = [&](const auto& kernels) {
      if (product && !context.instruction.b.dtype) return sums_detail::run(context, kernels.dot_floats, true);
      sums_detail::run(context, product ? kernels.dot : kernels.sum, product);
    };
    const std::optional<DType> half = context.instruction.a.dtype;
    if (half == DType::bf16) return run_halves(context.table.bf16);
    if (half == DType::f16) return run_halves(context.table.f16);
  }
  const kernels::VectorKernels<T>& table = vector_kernels<T>(context.table);
  sums_detail::run(context, product ? table.dot : table.sum, product);
}

}  // namespace einc::runtime
