// few_rows.hpp: products of a few rows with an array that is too large for the caches: each of its elements is read once, where it
// lies, and meets all rows while it is in a register. Lanes run along the features, summed (across) or not (down).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/few_kernels.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_halves.hpp"

namespace einc::kernels {

// Lane i of the result is the sum of the lanes of totals[i]. In each step two registers become one, half as many lanes a sum: a tree.
template <class Ops, class Vector>
[[gnu::always_inline]] inline Vector lane_sums(Vector (&totals)[Ops::width]) {
  const auto level = [&]<int lanes>() __attribute__((always_inline)) {
    if constexpr (lanes >= 1 && lanes < Ops::width) {
      struct Low {
        constexpr int operator()(int lane) const { return lane % (2 * lanes) < lanes ? lane : lane - lanes + Ops::width; }
      };
      struct High {
        constexpr int operator()(int lane) const { return lane % (2 * lanes) < lanes ? lane + lanes : lane + Ops::width; }
      };
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) totals[i] = Ops::permute(totals[i], totals[i + lanes], Low{}) + Ops::permute(totals[i], totals[i + lanes], High{});
    }
  };
  level.template operator()<8>();
  level.template operator()<4>();
  level.template operator()<2>();
  level.template operator()<1>();
  return totals[0];
}

// So many keys that they and the rows make the sums of whole registers; their sums stay in registers, the last keys stand in for those
// that are missing. So every sum is made in the same order, whatever is beside it.
template <class Arch, class T, class B, int rows>
[[gnu::always_inline]] inline void few_across_rows(const FewBlock<T, B>& block, int first) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, places = rows == 3 ? 4 : rows, most = width < 16 ? width : 16;
  constexpr int group = most / places > 1 ? most / places : 1, registers = (group * places + width - 1) / width * width;
  const T* a[rows];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) a[r] = block.a + block.a_rows[first + r];
  for (std::ptrdiff_t key = 0; key < block.keys; key += group) {
    const std::ptrdiff_t left = block.keys - key;
    const B *b[group], *ahead[group];
#pragma GCC unroll 16
    for (int g = 0; g < group; ++g) {
      const std::ptrdiff_t at = (key + (g < left ? g : left - 1)) * block.b_key;
      b[g] = block.b + at, ahead[g] = block.ahead + at;
    }
    Vector totals[registers];
#pragma GCC unroll 16
    for (int i = 0; i < registers; ++i) totals[i] = Ops::zero();
    const auto step = [&](std::ptrdiff_t i, auto load_a, auto load_b) __attribute__((always_inline)) {
      Vector left_factors[rows];
#pragma GCC unroll 4
      for (int r = 0; r < rows; ++r) left_factors[r] = load_a(a[r] + i);
#pragma GCC unroll 16
      for (int g = 0; g < group; ++g) {
        const Vector right = load_b(b[g] + i);
        Read::prefetch(ahead[g] + i);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) totals[r * group + g] = Ops::fma(left_factors[r], right, totals[r * group + g]);
      }
    };
    std::ptrdiff_t i = 0;
    for (; i + width <= block.features; i += width)
      step(i, [](const T* from) { return Ops::load(from); }, [](const B* from) { return Read::load(from); });
    if (i < block.features) {
      const int rest = static_cast<int>(block.features - i);
      step(i, [rest](const T* from) { return Ops::load_first(from, rest); }, [rest](const B* from) { return Read::load_first(from, rest); });
    }
    alignas(64) T sums[registers];
#pragma GCC unroll 4
    for (int from = 0; from < registers; from += width) {
      Vector part[width];
#pragma GCC unroll 16
      for (int lane = 0; lane < width; ++lane) part[lane] = totals[from + lane];
      Ops::store(sums + from, lane_sums<Ops>(part) * Ops::broadcast(block.alpha));
    }
    const int count = static_cast<int>(left < group ? left : group);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      T* const c = block.c + block.c_rows[first + r] + key * block.c_key;
      if (block.adds) {
        for (int g = 0; g < count; ++g) c[g * block.c_key] += sums[r * group + g];
      } else if (block.c_key == 1 && count == group) {
        __builtin_memcpy(c, sums + r * group, sizeof(T) * group);
      } else {
        for (int g = 0; g < count; ++g) c[g * block.c_key] = sums[r * group + g];
      }
    }
  }
}

// c[rows, features] += alpha * the sum over the keys, for `vectors` registers of features of which the last may be partly used.
template <class Arch, class T, class B, int rows, int vectors>
[[gnu::always_inline]] inline void few_down_columns(const FewBlock<T, B>& block, int first, std::ptrdiff_t from, int last) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, parts = rows * vectors <= 2 ? 4 : rows * vectors <= 4 ? 2 : 1;  // chains that do not wait for each other
  const bool whole = last == width;
  Vector sums[parts][rows][vectors];
#pragma GCC unroll 4
  for (int p = 0; p < parts; ++p)
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[p][r][v] = Ops::zero();
  const T* a[rows];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) a[r] = block.a + block.a_rows[first + r];
  const auto take = [&](std::ptrdiff_t at, int p) __attribute__((always_inline)) {
    const B* const b = block.b + at * block.b_key + from;
    Vector right[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) right[v] = v + 1 < vectors || whole ? Read::load(b + v * width) : Read::load_first(b + v * width, last);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) Read::prefetch(block.ahead + at * block.b_key + from + v * width);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      const Vector left = Ops::broadcast(a[r][at * block.a_key]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[p][r][v] = Ops::fma(left, right[v], sums[p][r][v]);
    }
  };
  std::ptrdiff_t key = 0;
  for (; key + parts <= block.keys; key += parts) {
#pragma GCC unroll 4
    for (int p = 0; p < parts; ++p) take(key + p, p);
  }
  for (; key < block.keys; ++key) take(key, 0);
  const Vector alpha = Ops::broadcast(block.alpha);
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
    T* const c = block.c + block.c_rows[first + r] + from;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
#pragma GCC unroll 4
      for (int half = parts / 2; half > 0; half /= 2)
#pragma GCC unroll 4
        for (int p = 0; p < half; ++p) sums[p][r][v] = sums[p][r][v] + sums[p + half][r][v];
      if (v + 1 < vectors || whole) Ops::store(c + v * width, Ops::fma(sums[0][r][v], alpha, Ops::load(c + v * width)));
      else Ops::store_first(c + v * width, Ops::fma(sums[0][r][v], alpha, Ops::load_first(c + v * width, last)), last);
    }
  }
}

template <class Arch, class T, class B, int rows>
[[gnu::always_inline]] inline void few_down_rows(const FewBlock<T, B>& block, int first) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width, vectors = sizeof(typename Ops::Register) == 64 ? 4 : 2;  // 16 or 8 registers of sums
  std::ptrdiff_t from = 0;
  for (; from + vectors * width <= block.features; from += vectors * width) few_down_columns<Arch, T, B, rows, vectors>(block, first, from, width);
  for (; from < block.features; from += width)
    few_down_columns<Arch, T, B, rows, 1>(block, first, from, static_cast<int>(block.features - from < width ? block.features - from : width));
}

// Up to four rows at once.
template <class Arch, class T, class B, bool down>
[[gnu::always_inline]] inline void few_in_groups(const FewBlock<T, B>& block) {
  const FewBlock<T, B> own = block;
  for (int first = 0; first < own.rows; first += 4) {
    const auto run = [&]<int count>() __attribute__((always_inline)) {
      if constexpr (down) few_down_rows<Arch, T, B, count>(own, first);
      else few_across_rows<Arch, T, B, count>(own, first);
    };
    switch (own.rows - first) {
      case 1: run.template operator()<1>(); break;
      case 2: run.template operator()<2>(); break;
      case 3: run.template operator()<3>(); break;
      default: run.template operator()<4>(); break;
    }
  }
}

template <class Arch, class T, class B = T>
void few_across(const FewBlock<T, B>& block) {
  few_in_groups<Arch, T, B, false>(block);
}
template <class Arch, class T, class B = T>
void few_down(const FewBlock<T, B>& block) {
  few_in_groups<Arch, T, B, true>(block);
}

template <class Arch, class T, class B = T>
constexpr FewKernels<T, B> make_few() {
  return {&few_across<Arch, T, B>, &few_down<Arch, T, B>};
}

}  // namespace einc::kernels
