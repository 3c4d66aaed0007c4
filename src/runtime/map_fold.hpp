// map_fold.hpp: folds of a map: a run to one number, numbers and rows pairwise or in steps, always in the same order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/executable.hpp"
#include "runtime/elements.hpp"
#include "runtime/map_combine.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

template <class T>
T neutral_of(const ir::Map& map) {
  if constexpr (is_plain_float<T>) {
    if (map.fold == ir::Fold::maximum) return -std::numeric_limits<T>::infinity();
    if (map.fold == ir::Fold::minimum) return std::numeric_limits<T>::infinity();
    if (map.fold == ir::Fold::custom) return static_cast<T>(map.neutral);
  }
  return T(0);
}

template <class T>
T combine(const kernels::MapKernels<T>& kernels, const ir::Map& map, T x, T y) {
  if (map.fold == ir::Fold::sum) return static_cast<T>(x + y);
  if constexpr (is_plain_float<T>) {
    if (map.fold == ir::Fold::custom) {
      Combine<T>(kernels, map.combine)(&x, &y, true, 1);
      return x;
    }
    if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? x : y;
    return map.fold == ir::Fold::maximum ? std::max(x, y) : std::min(x, y);
  }
  return x;
}

template <class T>
T fold_run(const kernels::MapKernels<T>& kernels, const ir::Map& map, const T* x, Extent length) {
  if constexpr (is_plain_float<T>) {
    if (map.fold == ir::Fold::maximum) return kernels.maximum(x, length);
    if (map.fold == ir::Fold::minimum) return kernels.minimum(x, length);
    if (map.fold == ir::Fold::custom) return Combine<T>(kernels, map.combine).whole(x, length);
  }
  return kernels.sum(x, length);
}

// Pairwise, as a binary counter carries: level i holds 2^i numbers.
template <class T>
class FoldOfNumbers {
 public:
  FoldOfNumbers(const kernels::MapKernels<T>& kernels, const ir::Map& map) : kernels_(kernels), map_(map) {}

  void push(T number) {
    int level = 0;
    for (; (pushed_ >> level & 1) != 0; ++level) number = combine(kernels_, map_, held_[level], number);
    held_[level] = number;
    ++pushed_;
  }
  T total() const {
    T sum = neutral_of<T>(map_);
    for (int level = 0; pushed_ >> level != 0; ++level)
      if ((pushed_ >> level & 1) != 0) sum = combine(kernels_, map_, held_[level], sum);
    return sum;
  }

 private:
  const kernels::MapKernels<T>& kernels_;
  const ir::Map& map_;
  std::uint64_t pushed_ = 0;
  T held_[64];
};

// Rows of at most `most` numbers, 64 onto one of the next level, 64 of those onto the last, so that rounding errors stay small.
template <class T>
class FoldOfRows {
 public:
  static constexpr Extent most = 512;

  FoldOfRows(const kernels::KernelTable& table, const ir::Map& map, Extent count) : map_(map), count_(count), kernels_(map_kernels<T>(table)) {
    const auto place = map.fold == ir::Fold::maximum ? kernels::Binary::maximum : map.fold == ir::Fold::minimum ? kernels::Binary::minimum : kernels::Binary::add;
    forms_ = &kernels_.binary[static_cast<int>(place)];
    for (auto& row : held_) std::fill_n(row, count, neutral_of<T>(map));
  }

  // A row, or one number for a whole row.
  void push(const T* row, bool run) {
    take(held_[0], row, run);
    ++pushed_;
    if (map_.fold == ir::Fold::maximum || map_.fold == ir::Fold::minimum) return;
    if (pushed_ % step == 0) carry(0);
    if (pushed_ % (step * step) == 0) carry(1);
  }
  void total(T* result) {
    for (int level = 0; level < 2; ++level) carry(level);
    std::copy_n(held_[2], count_, result);
  }

 private:
  static constexpr std::uint64_t step = 64;

  void take(T* row, const T* other, bool run) {
    if constexpr (is_plain_float<T>)
      if (map_.fold == ir::Fold::custom) return Combine<T>(kernels_, map_.combine)(row, other, run, count_);
    (run ? forms_->runs : forms_->number_right)(row, other, row, count_);
  }
  void carry(int level) {
    take(held_[level + 1], held_[level], true);
    std::fill_n(held_[level], count_, neutral_of<T>(map_));
  }

  const ir::Map& map_;
  Extent count_;
  const kernels::MapKernels<T>& kernels_;
  std::uint64_t pushed_ = 0;
  const typename kernels::MapKernels<T>::TwoForms* forms_;
  alignas(64) T held_[3][most];
};

}  // namespace einc::runtime
