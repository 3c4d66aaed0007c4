// map_kernels.hpp: the kernels of maps: every scalar function over a run of numbers, folds of runs, the rows of an online
// softmax. Each sees runs of adjacent elements; knows no strides, no code and no threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace einc::kernels {

// The functions by their number of inputs, in the order the compiler counts them.
enum class Unary : std::uint8_t {
  negative, absolute, exp, log, sqrt, rsqrt, tanh, sigmoid, relu, gelu, erf, sin, cos, floor, logical_not, round_f32, round_bf16, conjugate,
};
inline constexpr int unary_count = 18;

enum class Binary : std::uint8_t {
  add, subtract, multiply, divide, minimum, maximum, less, less_equal, equal, not_equal, logical_and, logical_or,
};
inline constexpr int binary_count = 12;

// One tile of a stream: c = exp(a - the largest of the row so far), and what that does to the state of the rows.
template <class T>
struct OnlineRows {
  std::ptrdiff_t rows, columns;
  const T* a;
  std::ptrdiff_t a_row;  // columns are adjacent
  T* c;
  std::ptrdiff_t c_row;
  T* maximum;  // [rows]: the largest so far, -inf before the first
  T* sum;      // [rows]: the sum of the weights so far; null when nobody asks
  T* rescale;  // [rows], written: by what earlier results must be multiplied
  bool powers_of_two = false;  // of 2 in place of e, for the weights and for rescale
};

template <class T>
struct MapKernels {
  // result[i] = f(x[i]): the result may be the run it is computed from.
  using One = void (*)(const T* x, T* result, std::ptrdiff_t length);
  // A side is a run, or one number for all.
  using Two = void (*)(const T* x, const T* y, T* result, std::ptrdiff_t length);
  struct TwoForms {
    Two runs, number_right, number_left;
  };
  struct Sides {
    bool truth, yes, no;  // which of them are runs
  };

  One unary[unary_count];
  TwoForms binary[binary_count];
  void (*select)(const T* truth, const T* yes, const T* no, Sides runs, T* result, std::ptrdiff_t length);
  void (*count_up)(T first, T step, T* result, std::ptrdiff_t length);  // first + i * step

  // One number out of a run of at least one; in an order that depends on the length alone. The largest and the smallest
  // pass on NaN.
  T (*sum)(const T* x, std::ptrdiff_t length);
  T (*maximum)(const T* x, std::ptrdiff_t length);
  T (*minimum)(const T* x, std::ptrdiff_t length);

  bool (*online)(const OnlineRows<T>& rows);  // whether any rescale is not 1
  // x[row, column] *= factor[row]; rows are dense.
  void (*scale_rows)(T* x, const T* factor, std::ptrdiff_t rows, std::ptrdiff_t columns);
};

}  // namespace einc::kernels
