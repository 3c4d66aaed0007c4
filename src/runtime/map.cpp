// map.cpp: c = code(inputs) at every position, or folded over the loops of k: a sum, the largest, the smallest.
// Knows loops and chunks; the functions are the kernels'.
//
// Kept positions do not depend on each other, and every fold goes through its terms in chunks and an order that extents
// alone decide. A long fold with few results is cut into slices, one task each, joined in their order.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/element_blocks.hpp"
#include "runtime/elements.hpp"
#include "runtime/map_code.hpp"
#include "runtime/map_fold.hpp"

namespace einc::runtime {
namespace {

constexpr Extent slice_terms = 16384, most_slices = 64, most_sliced_results = 16;
constexpr Extent least_down = 16;  // a shorter row of results is folded one by one

enum class Form { no_fold, rows, one_by_one, down };

template <class T>
class MapRun {
 public:
  MapRun(const InstructionContext<T>& context, const ir::Map& map, const MapSource<T>* sources)
      : context_(context), map_(map), sources_(sources) {
    kept_.arrays = folded_.arrays = all_.arrays = static_cast<int>(map.inputs.size()) + 1;
    const std::vector<ir::Loop>& loops = context.instruction.loops;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      if (loops[i].extent == 1) continue;
      (loops[i].role == ir::Role::k ? folded_ : kept_).push(loops[i].extent, [&](int array) {
        return array == 0 ? loops[i].c : map.inputs[static_cast<std::size_t>(array) - 1].strides[i];
      });
    }
    choose();
    kept_total_ = kept_.iterations(), folded_total_ = folded_.iterations();
    if (form_ == Form::rows) {
      all_.append(kept_);
      all_.append(folded_);
      all_.merge();
    }
  }

  void run() {
    const auto arrays = static_cast<std::int64_t>(kept_.arrays + static_cast<int>(map_.code.size()));
    const std::int64_t term_bytes = arrays * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t bytes = kept_total_ * folded_total_ * term_bytes;
    const int threads = bytes < thread_bytes ? 1 : context_.threads;
    if (form_ == Form::one_by_one || form_ == Form::down) {
      const Extent slices = std::min(folded_total_ / slice_terms, most_slices);
      if (kept_total_ <= most_sliced_results && slices > 1) return run_slices(slices, threads);
    }
    if (threads == 1) return run_kept(0, kept_total_);
    const Extent unit = kept_.innermost() >= map_chunk ? map_chunk : 1;
    const Extent each = std::max<Extent>(1, task_bytes / (folded_total_ * term_bytes));
    const Extent group = (each + unit - 1) / unit * unit;
    parallel_for((kept_total_ + group - 1) / group, threads, [&](std::ptrdiff_t task, int) {
      run_kept(task * group, std::min(kept_total_, (task + 1) * group));
    });
  }

 private:
  // Down: a row of results grows by a row of terms at a time, where terms of neighbouring results are neighbours.
  void choose() {
    const int arrays = kept_.arrays;
    const auto reach = [&](const Stride* strides) {
      Stride sum = 0;
      for (int array = 1; array < arrays; ++array)
        if (!map_.inputs[static_cast<std::size_t>(array) - 1].position) sum += std::abs(strides[array]);
      return sum;
    };
    folded_.sort(reach);
    folded_.merge();
    if (folded_.iterations() == 1 || map_.fold == ir::Fold::none) {
      form_ = Form::no_fold;
      kept_.sort([](const Stride* strides) { return std::abs(strides[0]); });
      kept_.merge();
      return;
    }
    kept_.sort(reach);
    kept_.merge();
    int along = 0, beside = 0;
    for (int array = 1; array < arrays; ++array) {
      const bool whole = !folded_.constant(array) && !kept_.constant(array);  // what does not vary along both is small beside what does
      if (map_.inputs[static_cast<std::size_t>(array) - 1].position || !whole) continue;
      along += std::abs(folded_.stride(array)) == 1;
      beside += std::abs(kept_.stride(array)) == 1;
    }
    const bool level = beside == along && beside > 0;  // then rows: a fold of a run ends in single lanes
    if ((beside > along || level) && kept_.innermost() >= least_down) form_ = Form::down;
    else form_ = folded_.iterations() <= map_chunk / 4 ? Form::rows : Form::one_by_one;
  }

  const MapNest& nest() const { return form_ == Form::rows ? all_ : form_ == Form::one_by_one ? folded_ : kept_; }

  void run_kept(Extent begin, Extent end) const {
    MapCode<T> code(context_.table, map_, sources_, nest());
    alignas(64) T pool[map_pool<T>];
    MapPoint point(kept_, nullptr, begin);
    if (form_ == Form::no_fold) return run_elements(code, point, end - begin, pool);
    if (form_ == Form::rows) return run_rows(code, point, begin, end, pool);
    alignas(64) T result[map_chunk];
    while (begin < end) {
      const Extent count = form_ == Form::down ? code.next(point, end - begin) : 1;
      if (form_ == Form::down) fold_down(code, point, count, 0, folded_total_, result, pool);
      else result[0] = fold_one(code, point, 0, folded_total_, pool);
      write(point, result, count);
      point.advance(kept_, count);
      begin += count;
    }
  }

  void run_elements(MapCode<T>& code, MapPoint& point, Extent count, T* pool) const {
    const bool direct = code.adjacent(0) && epilogue_of(context_).update == kernels::Update::store && !context_.instruction.c.dtype;
    if (direct && code.is_pair()) return code.run_pair(point, count, context_.c);
    for (Extent left = count; left > 0;) {
      const Extent now = code.next(point, left);
      T* const target = direct ? context_.c + point.at[0] : nullptr;
      const T* const result = code.run_spread(point, now, target, pool);
      if (!direct) write(point, result, now);
      point.advance(kept_, now);
      left -= now;
    }
  }

  // Short folds: several results in one chunk, then each its own stretch of it.
  void run_rows(MapCode<T>& code, MapPoint& kept, Extent begin, Extent end, T* pool) const {
    const auto& kernels = map_kernels<T>(context_.table);
    alignas(64) T terms[map_chunk], result[map_chunk];
    const Extent most = std::max<Extent>(1, map_chunk / folded_total_);
    MapPoint point(all_, nullptr, begin * folded_total_);
    const bool row_by_row = code.in_whole_loops() && all_.innermost() == folded_total_ && code.chunk() >= folded_total_;
    while (begin < end) {
      const Extent rows = std::min(row_by_row ? map_chunk : most, end - begin), count = rows * folded_total_;
      for (Extent row = 0; row_by_row && row < rows; ++row) {  // the terms may stay where they are
        result[row] = fold_run(kernels, map_, code.run_spread(point, folded_total_, nullptr, pool), folded_total_);
        point.advance(all_, folded_total_);
      }
      for (Extent done = 0; !row_by_row && done < count;) {
        const Extent now = code.next(point, count - done);
        code.run_spread(point, now, terms + done, pool);
        point.advance(all_, now);
        done += now;
      }
      for (Extent row = 0; !row_by_row && row < rows; ++row) result[row] = fold_run(kernels, map_, terms + row * folded_total_, folded_total_);
      write(kept, result, rows);
      kept.advance(kept_, rows);
      begin += rows;
    }
  }

  // Terms [begin, end) of one result.
  T fold_one(MapCode<T>& code, const MapPoint& kept, Extent begin, Extent end, T* pool) const {
    const auto& kernels = map_kernels<T>(context_.table);
    MapPoint point(folded_, kept.at, begin);
    FoldOfNumbers<T> fold(kernels, map_);
    while (begin < end) {
      const Extent now = code.next(point, end - begin);
      fold.push(fold_run(kernels, map_, code.run_spread(point, now, nullptr, pool), now));
      point.advance(folded_, now);
      begin += now;
    }
    return fold.total();
  }

  // Terms [begin, end) of `count` results side by side.
  void fold_down(MapCode<T>& code, const MapPoint& kept, Extent count, Extent begin, Extent end, T* result, T* pool) const {
    FoldOfRows<T> fold(context_.table, map_, count);
    MapPoint here = kept;
    MapPoint point(folded_, kept.at, begin);
    for (; begin < end; ++begin) {
      std::copy_n(point.at, kept_.arrays, here.at);
      const MapValue<T> row = code.run(here, count, nullptr, pool);
      fold.push(row.data, row.run);
      point.advance(folded_, 1);
    }
    fold.total(result);
  }

  void run_slices(Extent slices, int threads) const {
    alignas(64) T partial[most_slices * most_sliced_results];
    parallel_for(slices, threads, [&](std::ptrdiff_t slice, int) {
      MapCode<T> code(context_.table, map_, sources_, nest());
      alignas(64) T pool[map_pool<T>];
      const Extent begin = folded_total_ * slice / slices, end = folded_total_ * (slice + 1) / slices;
      MapPoint point(kept_, nullptr, 0);
      for (Extent done = 0; done < kept_total_;) {
        T* const to = partial + slice * kept_total_ + done;
        const Extent count = form_ == Form::down ? code.next(point, kept_total_ - done) : 1;
        if (form_ == Form::down) fold_down(code, point, count, begin, end, to, pool);
        else *to = fold_one(code, point, begin, end, pool);
        point.advance(kept_, count);
        done += count;
      }
    });
    T result[most_sliced_results];
    for (Extent i = 0; i < kept_total_; ++i) {
      FoldOfNumbers<T> fold(map_kernels<T>(context_.table), map_);
      for (Extent slice = 0; slice < slices; ++slice) fold.push(partial[slice * kept_total_ + i]);
      result[i] = fold.total();
    }
    write(MapPoint(kept_, nullptr, 0), result, kept_total_);
  }

  void write(const MapPoint& point, const T* result, Extent count) const {
    if constexpr (is_plain_float<T>)
      if (!map_.combine.empty() && epilogue_of(context_).update == kernels::Update::accumulate) return combine_into(point, result, count);
    write_run(context_.table, context_.instruction.c.dtype, kept_, point, result, count, context_.c, epilogue_of(context_));
  }

  // What is there comes first: c = add(c, result). In a semiring alpha and beta are 1 then.
  void combine_into(const MapPoint& point, const T* result, Extent count) const {
    const Combine<T> add(map_kernels<T>(context_.table), map_.combine);
    const auto into = [&](T* c, Stride stride, const T* numbers, Extent length) {
      alignas(64) T held[map_chunk];
      for (Extent i = 0; i < length; ++i) held[i] = c[i * stride];
      add(held, numbers, true, length);
      for (Extent i = 0; i < length; ++i) c[i * stride] = held[i];
    };
    if (kept_.dense(0)) return into(context_.c + point.at[0], 1, result, count);
    point.for_runs(kept_, 0, count, [&](Stride offset, Extent done, Extent length) { into(context_.c + offset, kept_.stride(0), result + done, length); });
  }

  const InstructionContext<T>& context_;
  const ir::Map& map_;
  const MapSource<T>* sources_;
  MapNest kept_, folded_, all_;
  Form form_ = Form::no_fold;
  Extent kept_total_ = 1, folded_total_ = 1;
};

}  // namespace

template <class T>
void run_map(const InstructionContext<T>& context, const ir::Map& map, const MapSource<T>* sources) noexcept {
  MapRun<T>(context, map, sources).run();
}

#define EINC_INSTANTIATE(T) template void run_map<T>(const InstructionContext<T>&, const ir::Map&, const MapSource<T>*) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
