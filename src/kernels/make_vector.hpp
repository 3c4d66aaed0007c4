// make_vector.hpp: fills the VectorKernels of one architecture and element type from the templates.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/copy.hpp"
#include "kernels/few_rows.hpp"
#include "kernels/multiply.hpp"
#include "kernels/simd.hpp"
#include "kernels/sum_across.hpp"
#include "kernels/sum_down.hpp"
#include "kernels/transpose.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

template <class Arch, class T, class S, bool product, class B = S>
constexpr SumKernels<S, T, B> make_sums() {
  return {&sum_across<Arch, T, product, S, B>, &sum_down<Arch, T, product, S, B>, &sum_any<Arch, T, product, S, B>};
}

template <class Arch, class S>
constexpr HalfKernels<S> make_halves() {
  return {make_sums<Arch, float, S, false>(), make_sums<Arch, float, S, true>(), make_sums<Arch, float, S, true, float>(), make_few<Arch, float, S>()};
}

template <class Arch, class T>
constexpr VectorKernels<T> make_vector() {
  return {&copy_rows<Arch, T>,
          &transpose<Arch, T>,
          &copy_any<Arch, T>,
          &multiply_rows<Arch, T>,
          &multiply_any<Arch, T>,
          make_sums<Arch, T, T, false>(),
          make_sums<Arch, T, T, true>(),
          &fill_row<Arch, T>,
          &add_row<Arch, T>,
          &finish_row<Arch, T>,
          &fence<Arch, T>};
}

}  // namespace einc::kernels
