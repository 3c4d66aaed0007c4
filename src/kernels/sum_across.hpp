// sum_across.hpp: sums whose terms are neighbours in memory: lanes run along the sum and are added up at the end.
// Every element of a block is summed in the same order, however many there are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/simd.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// The running sums of one result: `parts` registers, so that additions need not wait for each other.
template <class Arch, class T, int parts>
struct Running {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  Vector sums[parts];

  [[gnu::always_inline]] Running() {
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) sums[part] = Ops::zero();
  }
  [[gnu::always_inline]] Vector total() const {
    Vector level[parts];
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) level[part] = sums[part];
#pragma GCC unroll 8
    for (int half = parts / 2; half > 0; half /= 2)
#pragma GCC unroll 8
      for (int part = 0; part < half; ++part) level[part] = level[part] + level[part + half];
    return level[0];
  }
};

// sum += a[i] or a[i] * b[i]
template <class Arch, bool product, class T, class Vector>
[[gnu::always_inline]] inline void take(Vector& sum, Vector a, Vector b) {
  if constexpr (product) sum = simd::Ops<Arch, T>::fma(a, b, sum);
  else sum = sum + a;
}

// `group` results at once, each with `parts` running sums.
template <class Arch, class T, bool product, int group, int parts>
[[gnu::always_inline]] inline void sum_across_group(const SumBlock<T>& block, std::ptrdiff_t first, T* result) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr std::ptrdiff_t width = Ops::width, step = parts * width;
  Running<Arch, T, parts> running[group];
  const T* a[group];
  const T* b[group];
  const bool shared = block.b_count == 0;
  for (std::ptrdiff_t d = 0; d < block.depth; ++d) {
#pragma GCC unroll 8
    for (int g = 0; g < group; ++g) {
      a[g] = block.a + (first + g) * block.a_count + d * block.a_depth;
      b[g] = product ? block.b + (first + g) * block.b_count + d * block.b_depth : nullptr;
    }
    const auto run = [&]<bool one_b>() __attribute__((always_inline)) {
      std::ptrdiff_t i = 0;
      for (; i + step <= block.length; i += step) {
#pragma GCC unroll 8
        for (int part = 0; part < parts; ++part) {
          Vector right = Ops::zero();
          if constexpr (product && one_b) right = Ops::load(b[0] + i + part * width);
#pragma GCC unroll 8
          for (int g = 0; g < group; ++g) {
            if constexpr (product && !one_b) right = Ops::load(b[g] + i + part * width);
            take<Arch, product, T>(running[g].sums[part], Ops::load(a[g] + i + part * width), right);
          }
        }
      }
      for (; i < block.length; i += width) {
        const int count = static_cast<int>(block.length - i < width ? block.length - i : width);
        const bool whole = count == width;
#pragma GCC unroll 8
        for (int g = 0; g < group; ++g) {
          const Vector left = whole ? Ops::load(a[g] + i) : Ops::load_first(a[g] + i, count);
          Vector right = Ops::zero();
          if constexpr (product) right = whole ? Ops::load(b[g] + i) : Ops::load_first(b[g] + i, count);
          take<Arch, product, T>(running[g].sums[0], left, right);
        }
      }
    };
    if (group > 1 && shared) run.template operator()<true>();
    else run.template operator()<false>();
  }
#pragma GCC unroll 8
  for (int g = 0; g < group; ++g) result[g] = Ops::sum(running[g].total());
}

// Four results together share the loads of b and the loop; few results get more running sums instead. Which of the two
// is decided for the whole block, so that equal rows give equal sums.
template <class Arch, class T, bool product>
void sum_across(const SumBlock<T>& block, T* result) {
  const SumBlock<T> own = block;
  std::ptrdiff_t i = 0;
  for (; i + 4 <= own.count; i += 4) sum_across_group<Arch, T, product, 4, 2>(own, i, result + i);
  if (own.count < 4) {
    for (; i < own.count; ++i) sum_across_group<Arch, T, product, 1, 8>(own, i, result + i);
  } else {
    for (; i < own.count; ++i) sum_across_group<Arch, T, product, 1, 2>(own, i, result + i);
  }
}

}  // namespace einc::kernels
