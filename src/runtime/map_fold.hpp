// map_fold.hpp: folds of a map: a run to one number, numbers and rows pairwise or in steps, always in the same order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/executable.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

template <class T>
T neutral_of(ir::Fold fold) {
  if (fold == ir::Fold::sum) return T(0);
  return fold == ir::Fold::maximum ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
}

template <class T>
T combine(ir::Fold fold, T x, T y) {
  if (fold == ir::Fold::sum) return x + y;
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? x : y;
  return fold == ir::Fold::maximum ? std::max(x, y) : std::min(x, y);
}

template <class T>
T fold_run(const kernels::MapKernels<T>& kernels, ir::Fold fold, const T* x, Extent length) {
  return (fold == ir::Fold::sum ? kernels.sum : fold == ir::Fold::maximum ? kernels.maximum : kernels.minimum)(x, length);
}

// Pairwise, as a binary counter carries: level i holds 2^i numbers.
template <class T>
class FoldOfNumbers {
 public:
  explicit FoldOfNumbers(ir::Fold fold) : fold_(fold) {}

  void push(T number) {
    int level = 0;
    for (; (pushed_ >> level & 1) != 0; ++level) number = combine(fold_, held_[level], number);
    held_[level] = number;
    ++pushed_;
  }
  T total() const {
    T sum = neutral_of<T>(fold_);
    for (int level = 0; pushed_ >> level != 0; ++level)
      if ((pushed_ >> level & 1) != 0) sum = combine(fold_, held_[level], sum);
    return sum;
  }

 private:
  ir::Fold fold_;
  std::uint64_t pushed_ = 0;
  T held_[64];
};

// Rows of at most `most` numbers, 64 onto one of the next level, 64 of those onto the last, so that rounding errors stay small.
template <class T>
class FoldOfRows {
 public:
  static constexpr Extent most = 512;

  FoldOfRows(const kernels::KernelTable& table, ir::Fold fold, Extent count) : fold_(fold), count_(count) {
    const auto& two = map_kernels<T>(table).binary;
    const auto place = fold == ir::Fold::sum ? kernels::Binary::add : fold == ir::Fold::maximum ? kernels::Binary::maximum : kernels::Binary::minimum;
    forms_ = &two[static_cast<int>(place)];
    for (auto& row : held_) std::fill_n(row, count, neutral_of<T>(fold));
  }

  // A row, or one number for a whole row.
  void push(const T* row, bool run) {
    (run ? forms_->runs : forms_->number_right)(held_[0], row, held_[0], count_);
    ++pushed_;
    if (fold_ != ir::Fold::sum) return;
    if (pushed_ % step == 0) carry(0);
    if (pushed_ % (step * step) == 0) carry(1);
  }
  void total(T* result) {
    for (int level = 0; level < 2; ++level) carry(level);
    std::copy_n(held_[2], count_, result);
  }

 private:
  static constexpr std::uint64_t step = 64;

  void carry(int level) {
    forms_->runs(held_[level + 1], held_[level], held_[level + 1], count_);
    std::fill_n(held_[level], count_, neutral_of<T>(fold_));
  }

  ir::Fold fold_;
  Extent count_;
  std::uint64_t pushed_ = 0;
  const typename kernels::MapKernels<T>::TwoForms* forms_;
  alignas(64) T held_[3][most];
};

}  // namespace einc::runtime
