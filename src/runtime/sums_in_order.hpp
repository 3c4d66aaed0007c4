// sums_in_order.hpp: matrices times vectors whose rows lie between those of others, as the keys of several heads do: c[head, key] = sum over features of a[key, head,
// feature] * b[head, feature], and c[head, feature] = sum over keys of a[key, head, feature] * b[head, key]. One matrix after the other would read a piece of every page at
// a time; the kernels of few rows read all of them as they lie. Cut into blocks from extents alone, as sums are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdlib>

#include "ir/few_scratch.hpp"
#include "ir/sum_form.hpp"
#include "runtime/elements.hpp"
#include "runtime/sums.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

template <class T>
class SumsInOrder {
 public:
  explicit SumsInOrder(const InstructionContext<T>& context) : context_(context), few_(few_kernels<T>(context.table)), fits_(take_loops()) {}

  bool fits() const { return fits_; }

  void run() const {
    if (across_) return run_across();
    const Extent blocks = (keys_.extent + block_keys - 1) / block_keys;
    const Extent chunks = std::min<Extent>({blocks, most_chunks, room / results()}), each = (blocks + chunks - 1) / chunks * block_keys;
    const bool many = outer_.iterations() >= context_.threads;  // else threads share the chunks, which are the same either way
    parallel_for(outer_.iterations(), many ? context_.threads : 1, [&](std::ptrdiff_t position, int) {
      walk(outer_, {}, position, position + 1, [&](const Offset& offset, const Extent*) { run_down(offset, each, many ? 1 : context_.threads); });
    });
  }

 private:
  static constexpr Extent block_keys = 128, task_keys = 256, most_chunks = 8;
  static constexpr Extent room = most_chunks * kernels::sum_count<T>;    // of partial sums
  static constexpr Extent most_arranged = 2 * kernels::sum_count<T>;     // elements of b, beside each other

  Extent results() const { return heads_.extent * features_.extent; }

  bool take_loops() {
    const std::optional<ir::SumsInOrder> found = ir::sums_in_order(context_.instruction);
    if (!found) return false;
    const std::vector<ir::Loop>& loops = context_.instruction.loops;
    const auto loop = [&](std::size_t i) { return Loop{loops[i].extent, loops[i].a, loops[i].b, loops[i].c}; };
    heads_ = loop(found->heads), keys_ = loop(found->keys), features_ = loop(found->features), across_ = found->across;
    for (std::size_t i = 0; i < loops.size(); ++i)
      if (i != found->heads && i != found->keys && i != found->features) outer_.push(loop(i));
    outer_.sort([](const Loop& x, const Loop& y) { return std::abs(x.a) > std::abs(y.a); });
    if (outer_.iterations() * heads_.extent * keys_.extent * features_.extent * static_cast<std::int64_t>(sizeof(T)) > ir::stream_bytes) ahead_ = kernels::few_ahead<T>(heads_.extent);
    return true;
  }

  void run_across() const {
    const Extent tasks = (keys_.extent + task_keys - 1) / task_keys;
    parallel_for(outer_.iterations() * tasks, context_.threads, [&](std::ptrdiff_t task, int) {
      const Extent position = task / tasks, begin = task % tasks * task_keys;
      walk(outer_, {}, position, position + 1, [&](const Offset& offset, const Extent*) { run_keys(offset, begin, std::min(task_keys, keys_.extent - begin)); });
    });
  }

  // Results wait until they are some neighbours of each head: rows of c may be pages apart, all in one set of a cache.
  void run_keys(const Offset& offset, Extent first, Extent count) const {
    constexpr std::ptrdiff_t row = 0;
    constexpr Extent least = 16, most = 64;
    const Extent one = ir::few_arranged(1, features_.extent), some = std::clamp<Extent>(kernels::sum_count<T> / heads_.extent, least, most);
    alignas(64) T arranged[most_arranged], waiting[kernels::sum_count<T>];
    std::fill_n(arranged, heads_.extent * one, T(0));
    for (Extent head = 0; head < heads_.extent; ++head) few_.arrange(0, 1, features_.extent, context_.b + offset.b + head * heads_.b, arranged + head * one);
    for (Extent begin = first; begin < first + count; begin += some) {
      const Extent keys = std::min(some, first + count - begin);
      const T* const a = context_.a + offset.a + begin * keys_.a;
      few_.across({.rows = 1, .batches = heads_.extent, .keys = keys, .features = features_.extent, .a = arranged, .a_rows = &row, .a_key = 0, .a_batch = one, .b = a,
                   .b_key = keys_.a, .b_batch = heads_.a, .next = a, .ahead = ahead_, .c = waiting, .c_rows = &row, .c_key = 1, .c_batch = some, .alpha = T(1), .adds = false});
      for (Extent head = 0; head < heads_.extent; ++head)
        vector_kernels<T>(context_.table).finish(waiting + head * some, context_.c + offset.c + head * heads_.c + begin * keys_.c, keys_.c, keys, epilogue_of(context_));
    }
  }

  // Some keys after the others, in blocks that are added pairwise; chunks of blocks are tasks, added pairwise in their order.
  void run_down(const Offset& offset, Extent each, int threads) const {
    const kernels::VectorKernels<T>& table = vector_kernels<T>(context_.table);
    const Extent chunks = (keys_.extent + each - 1) / each, count = results();
    alignas(64) T partial[room];
    parallel_for(chunks, threads, [&](std::ptrdiff_t chunk, int) {
      sums_detail::PairwiseSum<T> sum(table, count);
      const Extent end = std::min(keys_.extent, (chunk + 1) * each);
      for (Extent begin = chunk * each; begin < end; begin += block_keys) {
        sum_block(offset, begin, std::min(block_keys, end - begin), sum.next());
        sum.push();
      }
      std::copy_n(sum.total(), count, partial + chunk * count);
    });
    for (Extent distance = 1; distance < chunks; distance *= 2)
      for (Extent chunk = 0; chunk + distance < chunks; chunk += 2 * distance) table.add(partial + chunk * count, partial + (chunk + distance) * count, count);
    for (Extent head = 0; head < heads_.extent; ++head)
      table.finish(partial + head * features_.extent, context_.c + offset.c + head * heads_.c, 1, features_.extent, epilogue_of(context_));
  }

  void sum_block(const Offset& offset, Extent begin, Extent count, T* sums) const {
    std::fill_n(sums, results(), T(0));
    constexpr std::ptrdiff_t row = 0;
    for (const Extent end = begin + count; begin < end; begin += kernels::few_keys) {
      const T* const a = context_.a + offset.a + begin * keys_.a;
      few_.down({.rows = 1, .batches = heads_.extent, .keys = std::min(kernels::few_keys, end - begin), .features = features_.extent, .a = context_.b + offset.b + begin * keys_.b,
                 .a_rows = &row, .a_key = keys_.b, .a_batch = heads_.b, .b = a, .b_key = keys_.a, .b_batch = heads_.a, .next = a, .ahead = ahead_, .c = sums, .c_rows = &row, .c_key = 0,
                 .c_batch = features_.extent, .alpha = T(1), .adds = true});
    }
  }

  const InstructionContext<T>& context_;
  const kernels::FewKernels<T>& few_;
  Loop heads_, keys_, features_;
  LoopNest outer_;
  Extent ahead_ = 0;     // of what no cache holds, how much is asked for
  bool across_ = false;  // the features are summed
  bool fits_;
};

}  // namespace einc::runtime
