// online.cpp: one tile of an online softmax: its weights, and the state of its rows carried on.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/instruction_context.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

namespace {

constexpr Extent most_group = 256;  // rows whose factors are on the stack

// Of rows that see a part of the tile each, what some of them see, as whole vectors: there the scores that a row does not see become -inf.
// Outside of it weights are 0 already. Scores and weights lie in the same place (lower/narrow_tiles).
template <class T>
Seen hide_rest(const kernels::VectorKernels<T>& vectors, const RowLimits& limits, Extent row, Extent count, Extent columns, T* scores, Stride apart) {
  constexpr Extent unit = 64 / static_cast<Extent>(sizeof(T));  // whole vectors
  Seen seen = seen_by(limits, row, row + count);
  seen = {seen.first / unit * unit, std::min(columns, (seen.last + unit - 1) / unit * unit)};
  const auto fill = [&](Extent i, Extent begin, Extent end, T value) {
    if (begin < end) vectors.fill(scores + i * apart + begin, end - begin, value, false);
  };
  for (Extent i = 0; i < count; ++i) {
    const Extent begin = std::clamp(limits.begins[row + i], seen.first, seen.last), end = std::clamp(limits.ends[row + i], begin, seen.last);
    fill(i, 0, seen.first, T(0));
    fill(i, seen.first, begin, -std::numeric_limits<T>::infinity());
    fill(i, end, seen.last, -std::numeric_limits<T>::infinity());
    fill(i, seen.last, columns, T(0));
  }
  return seen;
}

}  // namespace

template <class T>
void run_online(const InstructionContext<T>& context, const OnlineState<T>& state) noexcept {
  const kernels::MapKernels<T>& kernels = map_kernels<T>(context.table);
  const auto& multiply = kernels.binary[static_cast<int>(kernels::Binary::multiply)];
  LoopNest nest;
  Extent columns = 1;
  for (const ir::Loop& loop : context.instruction.loops) {
    if (loop.role == ir::Role::k) columns *= loop.extent;
    else nest.push({loop.extent, loop.a, 0, loop.c});
  }
  nest.merge();
  Loop rows;
  if (nest.count > 0) rows = nest.take(nest.count - 1);

  const RowLimits* const limits = context.limits;
  const Extent group = limits != nullptr ? 16 : most_group;  // rows at a time: of those that see a part, some that see much the same
  T rescale[most_group];
  Extent row = 0;  // of the state
  walk(nest, {}, 0, nest.iterations(), [&](const Offset& offset, const Extent*) {
    for (Extent begin = 0; begin < rows.extent; begin += group) {
      const Extent count = std::min(group, rows.extent - begin);
      if (state.first) {
        std::fill_n(state.maximum + row, count, -std::numeric_limits<T>::infinity());
        if (state.sum != nullptr) std::fill_n(state.sum + row, count, T(0));
      }
      const T* a = context.a + offset.a + begin * rows.a;
      T* const c = context.c + offset.c + begin * rows.c;
      Stride a_row = rows.a;
      if (context.alpha != T(1)) {  // a factor of the scores: rarely here, since what makes the scores can apply it
        for (Extent i = 0; i < count; ++i) multiply.number_right(a + i * a_row, &context.alpha, c + i * rows.c, columns);
        a = c, a_row = rows.c;
      }
      const Seen seen = limits == nullptr ? Seen{0, columns} : hide_rest(vector_kernels<T>(context.table), *limits, row, count, columns, c, rows.c);
      const bool any = kernels.online({count, seen.last - seen.first, a + seen.first, a_row, c + seen.first, rows.c, state.maximum + row,
                                       state.sum == nullptr ? nullptr : state.sum + row, rescale, state.online.powers_of_two});
      for (std::size_t i = 0; any && !state.first && i < state.online.accumulators.size(); ++i) {
        const Extent width = state.online.accumulators[i].columns;
        kernels.scale_rows(state.accumulators[i] + row * width, rescale, count, width);
      }
      row += count;
    }
  });
}

template <class T>
void join_online(const kernels::KernelTable& table, const OnlineState<T>& state, const OnlineState<T>& other, Extent rows) noexcept {
  const kernels::MapKernels<T>& kernels = map_kernels<T>(table);
  constexpr Extent group = 256;
  T factor[2][group];
  for (Extent begin = 0; begin < rows; begin += group) {
    const Extent count = std::min(group, rows - begin);
    T* const largest = state.maximum + begin;
    for (Extent i = 0; i < count; ++i) {
      const T own = largest[i], others = other.maximum[begin + i], now = own < others || others != others ? others : own;
      // Who has seen nothing, or nothing but -inf, adds nothing: -inf less -inf would be NaN.
      const auto below = [now](T maximum) { return maximum == -std::numeric_limits<T>::infinity() ? maximum : maximum - now; };
      factor[0][i] = below(own), factor[1][i] = below(others);
      largest[i] = now;
    }
    for (T* each : {factor[0], factor[1]}) {
      if (state.online.powers_of_two) std::transform(each, each + count, each, [](T power) { return std::exp2(power); });
      else kernels.unary[static_cast<int>(kernels::Unary::exp)](each, each, count);
    }
    if (state.sum != nullptr)
      for (Extent i = 0; i < count; ++i) state.sum[begin + i] = factor[0][i] * state.sum[begin + i] + factor[1][i] * other.sum[begin + i];
    for (std::size_t i = 0; i < state.online.accumulators.size(); ++i) {
      const Extent width = state.online.accumulators[i].columns;
      kernels.scale_rows(state.accumulators[i] + begin * width, factor[0], count, width);
      kernels.scale_rows(other.accumulators[i] + begin * width, factor[1], count, width);
      vector_kernels<T>(table).add(state.accumulators[i] + begin * width, other.accumulators[i] + begin * width, count * width);
    }
  }
}

template void join_online<float>(const kernels::KernelTable&, const OnlineState<float>&, const OnlineState<float>&, Extent) noexcept;
template void join_online<double>(const kernels::KernelTable&, const OnlineState<double>&, const OnlineState<double>&, Extent) noexcept;
template void run_online<float>(const InstructionContext<float>&, const OnlineState<float>&) noexcept;
template void run_online<double>(const InstructionContext<double>&, const OnlineState<double>&) noexcept;

}  // namespace einc::runtime
