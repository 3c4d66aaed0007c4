// sum_across.hpp: sums whose terms are neighbours in memory: lanes run along the sum and are added up at the end.
// Every element of a block is summed in the same order, however many there are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/simd.hpp"
#include "kernels/simd_halves.hpp"
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
template <class Arch, class T, bool product, int group, int parts, class S, class B>
[[gnu::always_inline]] inline void sum_across_group(const SumBlock<S, B>& block, std::ptrdiff_t first,
                                                    typename simd::Ops<Arch, T>::Vector* totals) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, S>;
  using ReadB = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr std::ptrdiff_t width = Ops::width, step = parts * width;
  Running<Arch, T, parts> running[group];
  const S* a[group];
  const B* b[group];
  const bool shared = block.b_count == 0;
  // Short rows one next to the other outrun the hardware prefetchers.
  const std::ptrdiff_t ahead = 8 * block.a_count;
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
          if constexpr (product && one_b) right = ReadB::load(b[0] + i + part * width);
#pragma GCC unroll 8
          for (int g = 0; g < group; ++g) {
            if constexpr (product && !one_b) right = ReadB::load(b[g] + i + part * width);
            take<Arch, product, T>(running[g].sums[part], Read::load(a[g] + i + part * width), right);
            if constexpr (group > 1) Read::prefetch(a[g] + i + part * width + ahead);
          }
        }
      }
      for (; i < block.length; i += width) {
        const int count = static_cast<int>(block.length - i < width ? block.length - i : width);
        const bool whole = count == width;
#pragma GCC unroll 8
        for (int g = 0; g < group; ++g) {
          const Vector left = whole ? Read::load(a[g] + i) : Read::load_first(a[g] + i, count);
          Vector right = Ops::zero();
          if constexpr (product) right = whole ? ReadB::load(b[g] + i) : ReadB::load_first(b[g] + i, count);
          take<Arch, product, T>(running[g].sums[0], left, right);
        }
      }
    };
    if (group > 1 && shared) run.template operator()<true>();
    else run.template operator()<false>();
  }
#pragma GCC unroll 8
  for (int g = 0; g < group; ++g) totals[g] = running[g].total();
}

// Adds up the lanes of `width` registers: a transpose, and one addition for all of them a step.
template <class Ops, class Vector>
[[gnu::always_inline]] inline Vector add_lanes(Vector (&totals)[Ops::width]) {
  Ops::transpose(totals);
#pragma GCC unroll 8
  for (int half = Ops::width / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int lane = 0; lane < half; ++lane) totals[lane] = totals[lane] + totals[lane + half];
  return totals[0];
}

// As many results as a register has lanes, which are added up together. In order: one result after the other; else four share the loop and the loads of b.
template <class Arch, class T, bool product, bool in_order, int parts, class S, class B>
[[gnu::noinline]] void sum_across_rows(const SumBlock<S, B>& given, T* result) {
  const SumBlock<S, B> block = given;  // a copy nobody else can change, so nothing is read again after a store
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, group = width < 4 ? width : 4;
  for (std::ptrdiff_t i = 0; i < block.count; i += width) {
    const int count = static_cast<int>(block.count - i < width ? block.count - i : width);
    Vector totals[width];
    int done = 0;
    for (; done + group <= count; done += group) {
      if constexpr (in_order) {
#pragma GCC unroll 4
        for (int g = 0; g < group; ++g) sum_across_group<Arch, T, product, 1, parts>(block, i + done + g, totals + done + g);
      } else {
        sum_across_group<Arch, T, product, group, parts>(block, i + done, totals + done);
      }
    }
    for (; done < count; ++done) sum_across_group<Arch, T, product, 1, parts>(block, i + done, totals + done);
    for (; done < width; ++done) totals[done] = Ops::zero();
    const Vector sums = add_lanes<Ops>(totals);
    if (count == width) Ops::store(result + i, sums);
    else Ops::store_first(result + i, sums, count);
  }
}

// From four registers on results come one after the other: memory is walked in order, as prefetchers of every make foresee. Four rows at a time reach the read
// limit on Emerald Rapids, and a third to a half of what rows in order reach on Zen 4. A lone result gets more running sums. Which it is, is decided for
// the whole block, so that equal rows give equal sums.
template <class Arch, class T, bool product, class S = T, class B = S>
void sum_across(const SumBlock<S, B>& block, T* result) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width, group = width < 4 ? width : 4;
  if (block.count >= group) {
    if (block.length >= 16 * width) return sum_across_rows<Arch, T, product, true, 8>(block, result);
    if (block.length >= 4 * width) return sum_across_rows<Arch, T, product, true, 4>(block, result);
    return sum_across_rows<Arch, T, product, false, 2>(block, result);
  }
  const SumBlock<S, B> own = block;
  for (std::ptrdiff_t i = 0; i < own.count; ++i) {
    typename Ops::Vector total;
    sum_across_group<Arch, T, product, 1, 8>(own, i, &total);
    result[i] = Ops::sum(total);
  }
}

}  // namespace einc::kernels
