// limit_kernels.hpp: loops that do nothing but keep one resource busy, to measure what a machine can give at most.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace einc::kernels {

template <class T>
struct LimitKernels {
  double flops_per_step;                                           // of multiply_add, a fused multiply-add counted as two
  T (*multiply_add)(std::ptrdiff_t steps, T x, T y);               // registers only; give x = y = 0.5, then values stay finite
  T (*read)(const T* from, std::ptrdiff_t length);                 // the sum of all elements
  void (*copy)(const T* from, T* to, std::ptrdiff_t length);       // through the caches
  void (*copy_around)(const T* from, T* to, std::ptrdiff_t length);  // around them; `to` aligned to the register
};

}  // namespace einc::kernels
