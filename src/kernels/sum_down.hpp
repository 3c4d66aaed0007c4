// sum_down.hpp: sums whose results are neighbours in memory: lanes run along the results; and sums without neighbours.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/simd.hpp"
#include "kernels/sum_across.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// Of a in memory, each row is asked for so far ahead, and where the piece ends, the row of the next pass. Rows of 16 KiB, eight in turn: 19.5 -> 22.8 GB/s of
// 26 (Zen 4, 2026-11). Rows of so many bytes go one by one, as memory has them: 512, 1024 and 2048 bytes 11, 14 and 19 -> 25, 22 and 23 GB/s of 27; 3072 23 -> 25, 4096 26 -> 22.
inline constexpr std::ptrdiff_t bytes_ahead_down = 2048, most_one_by_one = 2048;

// result[i] (+)= sum over `group` rows; b is one element a row (repeated) or a run of neighbours.
template <class Arch, class T, bool product, bool repeated, int group, class S, class B>
[[gnu::always_inline]] inline void add_rows(const S* a, std::ptrdiff_t a_row, const B* b, std::ptrdiff_t b_row,
                                            std::ptrdiff_t count, bool first, bool far, T* result) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, S>;
  using ReadB = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr std::ptrdiff_t width = Ops::width;
  Vector factor[group];
#pragma GCC unroll 8
  for (int g = 0; g < group; ++g) factor[g] = product && repeated ? ReadB::broadcast(b[g * b_row]) : Ops::zero();
  const auto column = [&](std::ptrdiff_t i, auto load, auto read, auto read_b, auto store) __attribute__((always_inline)) {
    if (far) {
      constexpr std::ptrdiff_t ahead = bytes_ahead_down / static_cast<std::ptrdiff_t>(sizeof(S));
      const S* const next = i + ahead < count ? a + i + ahead : a + group * a_row + (i + ahead - count);
#pragma GCC unroll 8
      for (int g = 0; g < group; ++g) Read::prefetch_far(next + g * a_row);
    }
    Vector even = first ? Ops::zero() : load(result + i), odd = Ops::zero();
#pragma GCC unroll 8
    for (int g = 0; g < group; ++g) {
      Vector right = factor[g];
      if constexpr (product && !repeated) right = read_b(b + g * b_row + i);
      take<Arch, product, T>(g % 2 == 0 ? even : odd, read(a + g * a_row + i), right);
    }
    if constexpr (group > 1) even = even + odd;
    store(result + i, even);
  };
  std::ptrdiff_t i = 0;
  for (; i + width <= count; i += width)
    column(
        i, [](const T* from) { return Ops::load(from); }, [](const S* from) { return Read::load(from); }, [](const B* from) { return ReadB::load(from); },
        [](T* to, Vector value) { Ops::store(to, value); });
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    column(
        i, [rest](const T* from) { return Ops::load_first(from, rest); }, [rest](const S* from) { return Read::load_first(from, rest); },
        [rest](const B* from) { return ReadB::load_first(from, rest); },
        [rest](T* to, Vector value) { Ops::store_first(to, value, rest); });
  }
}

// Few results: all of them stay in `vectors` registers, eight running sums in all; the last register may be partly used.
template <class Arch, class T, bool product, bool repeated, int vectors, class S, class B>
inline void sum_down_narrow(const SumBlock<S, B>& block, T* result) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, S>;
  using ReadB = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, group = 8 / vectors;
  // Rows a large power of two apart share few sets of the first-level cache, which keeps eight such rows and what they push out.
  constexpr std::ptrdiff_t far = 2048;
  const std::ptrdiff_t bytes = block.a_length * static_cast<std::ptrdiff_t>(sizeof(S));
  const std::ptrdiff_t ahead = (bytes != 0 && bytes % far == 0 ? 8 : 32) * block.a_length;
  const int last = static_cast<int>(block.count) - (vectors - 1) * width;
  const auto load = [last]<class Of>(const auto* from, int vector) __attribute__((always_inline)) {
    return vector + 1 < vectors || last == width ? Of::load(from + vector * width) : Of::load_first(from + vector * width, last);
  };
  Vector sums[group][vectors];
#pragma GCC unroll 8
  for (int g = 0; g < group; ++g)
#pragma GCC unroll 8
    for (int vector = 0; vector < vectors; ++vector) sums[g][vector] = Ops::zero();
  for (std::ptrdiff_t d = 0; d < block.depth; ++d) {
    const S* a = block.a + d * block.a_depth;
    const B* b = product ? block.b + d * block.b_depth : nullptr;
    const auto row = [&](int g) __attribute__((always_inline)) {
      Vector right = product && repeated ? ReadB::broadcast(*b) : Ops::zero();
#pragma GCC unroll 8
      for (int vector = 0; vector < vectors; ++vector) {
        if constexpr (product && !repeated) right = load.template operator()<ReadB>(b, vector);
        take<Arch, product, T>(sums[g][vector], load.template operator()<Read>(a, vector), right);
        Read::prefetch(a + ahead + vector * width);
      }
      a += block.a_length;
      if constexpr (product) b += block.b_length;
    };
    std::ptrdiff_t k = 0;
    for (; k + group <= block.length; k += group) {
#pragma GCC unroll 8
      for (int g = 0; g < group; ++g) row(g);
    }
    for (; k < block.length; ++k) row(0);
  }
#pragma GCC unroll 8
  for (int vector = 0; vector < vectors; ++vector) {
#pragma GCC unroll 8
    for (int half = group / 2; half > 0; half /= 2)
#pragma GCC unroll 8
      for (int g = 0; g < half; ++g) sums[g][vector] = sums[g][vector] + sums[g + half][vector];
    if (vector + 1 < vectors || last == width) Ops::store(result + vector * width, sums[0][vector]);
    else Ops::store_first(result + vector * width, sums[0][vector], last);
  }
}

// Eight rows a pass: eight streams of neighbours for the prefetchers, and the results are read and written once a pass. Short rows in memory one a pass.
template <class Arch, class T, bool product, bool repeated, class S, class B>
inline void sum_down_of(const SumBlock<S, B>& block, T* result) {
  constexpr std::ptrdiff_t width = simd::Ops<Arch, T>::width;
  if (block.count <= width) return sum_down_narrow<Arch, T, product, repeated, 1>(block, result);
  if (block.count <= 2 * width) return sum_down_narrow<Arch, T, product, repeated, 2>(block, result);
  if (block.count > 3 * width && block.count <= 4 * width)
    return sum_down_narrow<Arch, T, product, repeated, 4>(block, result);
  bool first = true;
  for (std::ptrdiff_t d = 0; d < block.depth; ++d) {
    const S* a = block.a + d * block.a_depth;
    const B* b = product ? block.b + d * block.b_depth : nullptr;
    const std::ptrdiff_t b_row = product ? block.b_length : 0;
    const bool one_by_one = block.far && block.count * static_cast<std::ptrdiff_t>(sizeof(S)) <= most_one_by_one;
    std::ptrdiff_t row = 0;
    for (; !one_by_one && row + 8 <= block.length; row += 8, first = false)
      add_rows<Arch, T, product, repeated, 8>(a + row * block.a_length, block.a_length, b + row * b_row, b_row,
                                              block.count, first, block.far, result);
    for (; row < block.length; ++row, first = false)
      add_rows<Arch, T, product, repeated, 1>(a + row * block.a_length, block.a_length, b + row * b_row, b_row,
                                              block.count, first, block.far, result);
  }
}

template <class Arch, class T, bool product, class S = T, class B = S>
void sum_down(const SumBlock<S, B>& block, T* result) {
  const SumBlock<S, B> own = block;
  if (product && own.b_count == 0) sum_down_of<Arch, T, product, true>(own, result);
  else sum_down_of<Arch, T, product, false>(own, result);
}

// No neighbours anywhere: one result after the other, four running sums each.
template <class Arch, class T, bool product, class S = T, class B = S>
void sum_any(const SumBlock<S, B>& block, T* result) {
  using Read = simd::Read<Arch, T, S>;
  using ReadB = simd::Read<Arch, T, B>;
  const SumBlock<S, B> own = block;
  for (std::ptrdiff_t i = 0; i < own.count; ++i) {
    T sums[4] = {T(0), T(0), T(0), T(0)};
    for (std::ptrdiff_t d = 0; d < own.depth; ++d) {
      const S* a = own.a + i * own.a_count + d * own.a_depth;
      const B* b = product ? own.b + i * own.b_count + d * own.b_depth : nullptr;
      const auto term = [&](std::ptrdiff_t k) __attribute__((always_inline)) {
        if constexpr (product) return times(Read::number(a[k * own.a_length]), ReadB::number(b[k * own.b_length]));
        else return Read::number(a[k * own.a_length]);
      };
      std::ptrdiff_t k = 0;
      for (; k + 4 <= own.length; k += 4) {
        sums[0] = plus(sums[0], term(k));
        sums[1] = plus(sums[1], term(k + 1));
        sums[2] = plus(sums[2], term(k + 2));
        sums[3] = plus(sums[3], term(k + 3));
      }
      for (; k < own.length; ++k) sums[0] = plus(sums[0], term(k));
    }
    result[i] = plus(plus(sums[0], sums[2]), plus(sums[1], sums[3]));
  }
}

}  // namespace einc::kernels
