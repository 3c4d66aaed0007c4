// map_code.hpp: the code of a map made ready for chunks of iterations: a kernel for every operation, a temporary for every
// result that needs one. Reads inputs where they lie if it can. Allocates nothing.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "runtime/elements.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/map_nest.hpp"
#include "runtime/typed_kernels.hpp"
#include "runtime/write_rounded.hpp"

namespace einc::runtime {

// The temporaries of a chunk together: they stay in the first-level cache beside what is read and written.
template <class T>
inline constexpr Extent map_pool = 24576 / static_cast<Extent>(sizeof(T));

// Some adjacent numbers, or one that stands for all.
template <class T>
struct MapValue {
  const T* data;
  bool run;
};

// Finishes `count` adjacent numbers into array 0 of a nest, from a point on; `dtype` where that is not of T.
template <class T>
void write_run(const kernels::KernelTable& table, std::optional<DType> dtype, const MapNest& nest, const MapPoint& point, const T* numbers, Extent count, T* c,
               const kernels::Epilogue<T>& epilogue) {
  const auto write = [&](const T* from, Stride offset, Stride stride, Extent length) {
    if (!dtype) return vector_kernels<T>(table).finish(from, c + offset, stride, length, epilogue);
    std::byte* const to = reinterpret_cast<std::byte*>(c) + offset * static_cast<Stride>(bytes_of(*dtype));
    write_rounded(table, *dtype, from, length, to, stride, epilogue);
  };
  if (nest.dense(0)) return write(numbers, point.at[0], 1, count);
  point.for_runs(nest, 0, count, [&](Stride offset, Extent done, Extent length) { write(numbers + done, offset, nest.stride(0), length); });
}

template <class T>
class MapCode {
 public:
  // `nest` is what iterations run through; it must outlive the code.
  MapCode(const kernels::KernelTable& table, const ir::Map& map, const MapSource<T>* sources, const MapNest& nest)
      : table_(table), kernels_(map_kernels<T>(table)), vectors_(vector_kernels<T>(table)), map_(map), sources_(sources), nest_(nest) {
    whole_ = nest.loops == 1 || (nest.innermost() >= ir::short_loop_of(map) && !in_one_run() && !repeats());
    const int slots = assign_slots();
    chunk_ = std::clamp<Extent>(map_pool<T> / std::max(slots, 1) / 16 * 16, 16, map_chunk);
  }

  Extent chunk() const { return chunk_; }
  // Whether chunks must end where the innermost loop does.
  bool in_whole_loops() const { return whole_; }
  // How many iterations from here go together.
  Extent next(const MapPoint& point, Extent left) const {
    const Extent most = whole_ ? std::min(left, nest_.innermost() - point.index[nest_.loops - 1]) : left;
    return std::min(most, chunk_);
  }
  bool adjacent(int array) const { return whole_ ? nest_.stride(array) == 1 || nest_.innermost() == 1 : nest_.dense(array); }

  // Whether the code is one function of two inputs that can be read where they lie, a run of one at least.
  bool is_pair() const {
    if (map_.code.size() != 3 || !whole_ || map_.code[2].function < ir::Function::add || map_.code[2].function >= ir::Function::select) return false;
    const auto readable = [&](std::size_t i) {
      if (map_.code[i].function != ir::Function::argument || access_[i] == Access::copied) return false;
      const ir::MapInput& input = map_.inputs[map_.code[i].in[0]];
      return !input.position && !input.array.dtype;
    };
    return readable(0) && readable(1) && (access_[0] == Access::in_place || access_[1] == Access::in_place);
  }

  // Such a code, a loop at a time. Rows of results that lie apart are asked for before they are written: rows of 64 floats 2 KiB apart,
  // as the results of eight heads lie, take 21 ns without, 17 with (Emerald Rapids, 2026-11).
  void run_pair(MapPoint& point, Extent count, T* c) const {
    const auto [function, in, unused] = map_.code[2];
    const auto& forms = kernels_.binary[static_cast<int>(function) - static_cast<int>(ir::Function::add)];
    const bool x_runs = access_[in[0]] == Access::in_place, y_runs = access_[in[1]] == Access::in_place;
    const auto kernel = x_runs == y_runs ? forms.runs : x_runs ? forms.number_right : forms.number_left;
    const std::size_t x = map_.code[in[0]].in[0], y = map_.code[in[1]].in[0];
    const int last = nest_.loops - 1;
    while (count > 0) {
      const Extent inner = nest_.innermost() - point.index[last];
      const bool whole = last > 0 && point.index[last] == 0 && inner <= count;
      const Extent rows = whole ? std::min(count / inner, nest_.extents[last - 1] - point.index[last - 1]) : 1, now = std::min(count, inner);
      const Stride* const step = nest_.strides[std::max(last - 1, 0)];
      const T *from_x = sources_[x].array + point.at[x + 1], *from_y = sources_[y].array + point.at[y + 1];
      T* to = c + point.at[0];
      const bool apart = step[0] != now;  // no hardware prefetcher sees short pieces of far rows coming
      for (Extent row = 0; row < rows; ++row, from_x += step[x + 1], from_y += step[y + 1], to += step[0]) {
        if (apart && row + rows_ahead < rows)
          for (Extent at = 0; at < std::min(now, most_ahead); at += line) __builtin_prefetch(to + rows_ahead * step[0] + at, 1, 3);
        kernel(from_x, from_y, to, static_cast<std::ptrdiff_t>(now));
      }
      point.advance(nest_, rows * now);
      count -= rows * now;
    }
  }

  // The result of `count` iterations from a point on: at `target` if that is given. The pool holds map_pool<T> numbers.
  MapValue<T> run(const MapPoint& point, Extent count, T* target, T* pool) {
    const std::size_t last = map_.code.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
      T* const place = i == last && target != nullptr ? target : pool + slots_[i] * chunk_;
      values_[i] = operation(i, point, count, place);
    }
    return values_[last];
  }

  // The same, as adjacent numbers even if they are all alike.
  const T* run_spread(const MapPoint& point, Extent count, T* target, T* pool) {
    const MapValue<T> value = run(point, count, target, pool);
    if (value.run && (target == nullptr || value.data == target)) return value.data;
    T* const place = target != nullptr ? target : pool + slots_[map_.code.size() - 1] * chunk_;
    if (value.run) vectors_.finish(value.data, place, 1, count, {});
    else vectors_.fill(place, count, *value.data, false);
    return place;
  }

 private:
  static constexpr Extent rows_ahead = 8, line = 64 / static_cast<Extent>(sizeof(T)), most_ahead = 16 * line;
  enum class Access : std::uint8_t { number, in_place, copied };

  // Whether only positions keep the loops from being one: then they are counted loop by loop, and the rest is done for several at a time.
  bool in_one_run() const {
    for (int array = 0; array < nest_.arrays; ++array) {
      const bool position = array > 0 && map_.inputs[static_cast<std::size_t>(array) - 1].position;
      if (position ? nest_.stride(array) == 0 : !nest_.dense(array) && (array == 0 || !nest_.constant(array))) return false;
    }
    return true;
  }

  // Whether loops of this length are joined, what some arrays repeat being copied.
  bool repeats() const {
    if (nest_.innermost() >= ir::repeated_map_loop || nest_.loops < 2 || map_.code.size() <= ir::short_map_code || !nest_.dense(0)) return false;
    for (int array = 1; array < nest_.arrays; ++array) {
      const ir::MapInput& input = map_.inputs[static_cast<std::size_t>(array) - 1];
      if (!input.position && (nest_.dense(array) || nest_.constant(array))) continue;
      const bool row = nest_.stride(array) == 1 && nest_.strides[nest_.loops - 2][array] == 0;
      if (input.position || input.array.dtype || !(row || nest_.stride(array) == 0)) return false;
    }
    return true;
  }

  Access access(std::size_t input) const {
    const int array = static_cast<int>(input) + 1;
    const bool still = whole_ ? nest_.stride(array) == 0 : nest_.constant(array);
    if (still) return Access::number;
    return !map_.inputs[input].position && !map_.inputs[input].array.dtype && adjacent(array) ? Access::in_place : Access::copied;
  }

  // A temporary for every operation, given back after the last use; an operation may write over its own inputs.
  int assign_slots() {
    const ir::ScalarCode& code = map_.code;
    std::uint16_t last_use[ir::most_map_operations];
    for (std::size_t i = 0; i < code.size(); ++i) {
      last_use[i] = static_cast<std::uint16_t>(i);
      if (code[i].function == ir::Function::argument) continue;
      for (int j = 0; j < ir::input_count(code[i].function); ++j) last_use[code[i].in[static_cast<std::size_t>(j)]] = static_cast<std::uint16_t>(i);
    }
    bool taken[ir::most_map_operations] = {};
    int count = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
      slots_[i] = 0;
      const bool source = code[i].function == ir::Function::argument || code[i].function == ir::Function::constant;
      if (code[i].function == ir::Function::argument) access_[i] = access(code[i].in[0]);
      for (int j = 0; !source && j < ir::input_count(code[i].function); ++j) {
        const std::uint32_t from = code[i].in[static_cast<std::size_t>(j)];
        if (last_use[from] == i && has_slot(from)) taken[slots_[from]] = false;
      }
      if (!has_slot(i) && i + 1 != code.size()) continue;
      std::uint16_t slot = 0;
      while (taken[slot]) ++slot;
      slots_[i] = slot, taken[slot] = true;
      count = std::max(count, slot + 1);
      if (last_use[i] == i && i + 1 != code.size()) taken[slot] = false;  // nobody reads it
    }
    return count;
  }
  bool has_slot(std::size_t op) const {
    if (map_.code[op].function == ir::Function::constant) return false;
    return map_.code[op].function != ir::Function::argument || access_[op] == Access::copied;
  }

  MapValue<T> operation(std::size_t i, const MapPoint& point, Extent count, T* place) {
    using ir::Function;
    const ir::ScalarOp& op = map_.code[i];
    if (op.function == Function::argument) return argument(i, point, count, place);
    if (op.function == Function::constant) {
      numbers_[i] = element_of_number<T>(op.value);
      return {numbers_ + i, false};
    }
    const MapValue<T>&x = values_[op.in[0]], &y = values_[op.in[1]], &z = values_[op.in[2]];
    const int inputs = ir::input_count(op.function);
    const bool run = x.run || (inputs > 1 && y.run) || (inputs > 2 && z.run);
    if (!run) place = numbers_ + i, count = 1;
    const auto length = static_cast<std::ptrdiff_t>(count);
    if (op.function < Function::add) {
      kernels_.unary[static_cast<int>(op.function) - static_cast<int>(Function::negative)](x.data, place, length);
    } else if (op.function < Function::select) {
      const auto& forms = kernels_.binary[static_cast<int>(op.function) - static_cast<int>(Function::add)];
      (x.run == y.run ? forms.runs : x.run ? forms.number_right : forms.number_left)(x.data, y.data, place, length);
    } else {
      const bool alike = !run;
      kernels_.select(x.data, y.data, z.data, {x.run || alike, y.run || alike, z.run || alike}, place, length);
    }
    return {place, run};
  }

  MapValue<T> argument(std::size_t i, const MapPoint& point, Extent count, T* place) {
    const std::size_t input = map_.code[i].in[0];
    const int array = static_cast<int>(input) + 1;
    const MapSource<T>& source = sources_[input];
    const bool position = map_.inputs[input].position;
    const std::optional<DType> other = map_.inputs[input].array.dtype;
    if (access_[i] == Access::number) {
      if (position) numbers_[i] = element_of_number<T>(static_cast<double>(source.position + point.at[array]));
      else if (other) convert(*other, source.array, point.at[array], 1, numbers_ + i, 1);
      else numbers_[i] = source.array[point.at[array]];
      return {numbers_ + i, false};
    }
    if (access_[i] == Access::in_place) return {source.array + point.at[array], true};
    const Stride step = nest_.stride(array);
    if (step == 1 && !position && !other) {
      point.for_rows(nest_, array, count, [&](Stride offset, Stride row, Extent done, Extent rows, Extent length) {
        vectors_.copy({rows, length, source.array + offset, row, 1, place + done, length, 1, {}, false});
      });
      return {place, true};
    }
    if (other && nest_.dense(array)) {
      convert(*other, source.array, point.at[array], 1, place, count);
      return {place, true};
    }
    point.for_runs(nest_, array, count, [&](Stride offset, Extent done, Extent length) {
      T* const to = place + done;
      if (position) {
        const Stride first = source.position + offset;
        if (is_plain_float<T> && length >= ir::short_map_loop) kernels_.count_up(element_of_number<T>(static_cast<double>(first)), element_of_number<T>(static_cast<double>(step)), to, length);
        else for (Extent j = 0; j < length; ++j) to[j] = element_of_number<T>(static_cast<double>(first + j * step));
        return;
      }
      if (other) return convert(*other, source.array, offset, step, to, length);
      const T* const from = source.array + offset;
      if (step == 0) std::fill_n(to, length, *from);
      else for (Extent j = 0; j < length; ++j) to[j] = from[j * step];
    });
    return {place, true};
  }

  // Elements of another type, `first` elements from where an array begins.
  void convert(DType type, const T* array, Stride first, Stride step, T* to, Extent length) const {
    const std::byte* const from = reinterpret_cast<const std::byte*>(array) + first * static_cast<Stride>(bytes_of(type));
    convert_kernels<T>(table_).from[static_cast<std::size_t>(type)](from, step, to, length);
  }

  const kernels::KernelTable& table_;
  const kernels::MapKernels<T>& kernels_;
  const kernels::VectorKernels<T>& vectors_;
  const ir::Map& map_;
  const MapSource<T>* sources_;
  const MapNest& nest_;
  bool whole_;
  Extent chunk_ = 0;
  std::uint16_t slots_[ir::most_map_operations];
  Access access_[ir::most_map_operations];
  T numbers_[ir::most_map_operations];
  MapValue<T> values_[ir::most_map_operations];
};

static_assert(static_cast<int>(ir::Function::add) - static_cast<int>(ir::Function::negative) == kernels::unary_count);
static_assert(static_cast<int>(ir::Function::select) - static_cast<int>(ir::Function::add) == kernels::binary_count);

}  // namespace einc::runtime
