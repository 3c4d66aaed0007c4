// contract_tile.hpp: the register tile of a contraction: rows of a as broadcasts, b as vectors, every sum in a register.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_complex.hpp"
#include "kernels/tile_parts.hpp"

namespace einc::kernels {

// Whether any number of lanes can be read and written without reading further. It is not free: a masked load takes a turn where the
// multiply-adds run, so whole vectors are loaded without.
template <class Arch, class T>
inline constexpr bool masks_lanes = sizeof(typename simd::Ops<Arch, T>::Register) == 64;

// How many rows of b ahead of its use a line is asked for: b streams from the second-level cache. A 14 x 32 tile over a
// 1 MiB block of b: 86 % of peak without, 92.5 with 4, 92 with 8, 94 with 16, 93 with 32 (Emerald Rapids, AVX-512, 2026-11).
inline constexpr std::ptrdiff_t rows_ahead = 16;

// What a sum is kept in while it grows: a register, or what the arithmetic says grows faster and becomes one at the end.
template <class Ops>
struct Growing {
  using Sum = typename Ops::Vector;
  [[gnu::always_inline]] static Sum value(Sum sum) { return sum; }
};
template <class Ops>
  requires requires { typename Ops::Sum; }
struct Growing<Ops> {
  using Sum = typename Ops::Sum;
  [[gnu::always_inline]] static typename Ops::Vector value(Sum sum) { return Ops::value(sum); }
};

// What one step along the sum adds: a product a lane, or, where numbers are duos (see DuoKernels), two.
template <class Ops, class Vector, class Sum>
[[gnu::always_inline]] inline Sum grown(Vector row, Vector columns, Sum sum) {
  if constexpr (requires { Ops::add_duos(row, columns, sum); }) return Ops::add_duos(row, columns, sum);
  else return Ops::fma(row, columns, sum);
}

// Registers of pairs of parts.
template <class Arch, class T>
struct PairLanes {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  [[gnu::always_inline]] static Vector exchanged(Vector parts) {
    return Ops::permute(parts, parts, [](int lane) { return lane ^ 1; });
  }
  [[gnu::always_inline]] static Vector signs() { return simd::ComplexVector<Arch, T>::signs(); }
};

// What parts of complex numbers are while they grow: those of b times the real parts of a, and times the imaginary ones.
template <class Lanes>
struct PairSum {
  using Ops = typename Lanes::Ops;
  using Vector = typename Lanes::Vector;
  Vector by_real, by_imaginary;

  // The products with imaginary parts exchange theirs, and i * i is -1. With b conjugated, the sum is the conjugate of that with a conjugated
  // instead, and of both the conjugate of that with none.
  [[gnu::always_inline]] Vector value(bool conjugate_a, bool conjugate_b) const {
    const Vector exchanged = Lanes::exchanged(by_imaginary), signs = Lanes::signs(), sign_a = Ops::broadcast(conjugate_a ? -1 : 1);
    if (conjugate_b) return Ops::fma(sign_a, exchanged, by_real * (Ops::zero() - signs));
    return Ops::fma(sign_a * signs, exchanged, by_real);
  }
};

// Vectors that lie in c in two pieces each. What the arguments hold is read once: the compiler takes every store for one that may change it.
template <class Arch, class T, int rows, int vectors>
[[gnu::always_inline]] inline void store_split(const TileArguments<T>& tile, const typename simd::Ops<Arch, T>::Vector (&sums)[rows][vectors]) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int half = Ops::width / 2;
  T* const c = tile.c;
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  const int tail = tile.tail;
  const Vector beta = Ops::broadcast(tile.beta);
  const bool adds = tile.write == TileWrite::add;
  const auto put = [&](T* to, Vector sum, int first, int last) __attribute__((always_inline)) {
    Ops::store_between(to, adds ? Ops::fma(beta, Ops::load_between(to, first, last), sum) : sum, first, last);
  };
  const TileSplit* const splits = tile.splits;
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    const TileSplit split = splits[v];
    const int end = v == vectors - 1 ? tail : Ops::width;
    if (!adds && split.cut == half && end == Ops::width) {
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) Ops::store_halves(c + c_rows[i] + split.low, c + c_rows[i] + split.high + half, sums[i][v]);
      continue;
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) put(c + c_rows[i] + split.low, sums[i][v], 0, split.cut);
    if (split.cut < end) {
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) put(c + c_rows[i] + split.high, sums[i][v], split.cut, end);
    }
  }
}

// The sum over k of one element is one chain of multiply-adds in the order of k, whatever the shape of the tile, so a
// result does not depend on how a problem is cut into tiles. Loops are unrolled by pragma: left alone, g++ keeps the sums
// in memory at -O2. With pairs, numbers of a are complex, and rows of b and c are parts of such: see PairKernels.
template <class Arch, class T, int rows, int vectors, bool adjacent, bool pairs = false>
void contract_tile(const TileArguments<T>& tile) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, last = vectors - 1;

  using Growing = kernels::Growing<Ops>;
  std::conditional_t<pairs, PairSum<PairLanes<Arch, T>>, typename Growing::Sum> growing[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      if constexpr (pairs) growing[i][v] = {Ops::zero(), Ops::zero()};
      else growing[i][v] = Ops::zero();
    }

  if (!tile.c_is_near && tile.write != TileWrite::stream && tile.splits == nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      Ops::prefetch_write(tile.c + tile.c_rows[i]);
      if constexpr (vectors * sizeof(Vector) > 64) Ops::prefetch_write(tile.c + tile.c_rows[i] + last * width);
    }
  }

  // Rows in groups of five: each address is a base plus 0, 1, 2, 3 or 4 row strides, which x86 encodes directly.
  constexpr int groups = (rows + 4) / 5, unit = pairs ? 2 : 1;
  const T* bases[groups];
  const std::ptrdiff_t row = adjacent ? unit : tile.a_row, row2 = row * 2, row3 = row * 3, row4 = row * 4;
#pragma GCC unroll 4
  for (int group = 0; group < groups; ++group) bases[group] = tile.a + group * 5 * row;

  constexpr int lines = (vectors * static_cast<int>(sizeof(Vector)) + 63) / 64;
  const T* b = tile.b;
  const T* ahead = b + rows_ahead * tile.b_depth;
  constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
  const int tail = tile.tail, b_tail = tile.b_tail;
  FarLines<Ops, T> far(tile.ahead);
  // Inlined always: a call, as Clang would make of it, sends every sum through memory. The same holds below.
  const auto step = [&]<bool whole, bool looks_ahead>(std::bool_constant<whole>, std::bool_constant<looks_ahead>) __attribute__((always_inline)) {
    Vector columns[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) columns[v] = v == last && !whole ? Ops::load_first(b + v * width, b_tail) : Ops::load(b + v * width);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const std::ptrdiff_t steps[5] = {0, row, row2, row3, row4};
      const T* const number = adjacent ? bases[0] + i * unit : bases[i / 5] + steps[i % 5];
      const Vector value = Ops::broadcast(number[0]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        auto& sum = growing[i][v];
        if constexpr (pairs) sum.by_real = Ops::fma(value, columns[v], sum.by_real);
        else sum = grown<Ops>(value, columns[v], sum);
      }
      if constexpr (pairs) {
        const Vector imaginary = Ops::broadcast(number[1]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) growing[i][v].by_imaginary = Ops::fma(imaginary, columns[v], growing[i][v].by_imaginary);
      }
    }
#pragma GCC unroll 4
    for (int group = 0; group < (adjacent ? 1 : groups); ++group) bases[group] += tile.a_depth;
#pragma GCC unroll 4
    for (int i = 0; i < lines; ++i) Ops::prefetch(ahead + i * line);
    if constexpr (looks_ahead) far.ask_at_times();
    ahead += tile.b_depth;
    b += tile.b_depth;
  };
  constexpr std::true_type yes;
  constexpr std::false_type no;
  std::ptrdiff_t k = tile.depth;
  if constexpr (masks_lanes<Arch, T>)
    if (b_tail != width)
      for (; k > 0; --k) step(no, std::bool_constant<asks_far<T>>{});
  if constexpr (asks_far<T>)
    if (far.any())
      for (; k > 0; --k) step(yes, yes);
  // Several steps between two branches, where a step is long. A 14 x 32 tile of depth 64 out of L1, rows of a side by side and at a
  // stride: 83 and 82 % of peak with masked loads, 86 and 86 without, 87 and 88 so (the same processor).
  if constexpr (std::is_floating_point_v<T> && rows * vectors * unit >= 16) {
#pragma GCC unroll 4
    for (; k > 0; --k) step(yes, no);
  } else {
    for (; k > 0; --k) step(yes, no);
  }

  Vector sums[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      if constexpr (pairs) sums[i][v] = growing[i][v].value(tile.conjugate_a, tile.conjugate_b);
      else sums[i][v] = Growing::value(growing[i][v]);
    }
  scale_sums<Ops>(sums, tile.alpha);
  if constexpr (std::is_floating_point_v<T>)
    if (tile.splits != nullptr) return store_split<Arch, T, rows, vectors>(tile, sums);
  const bool whole = tail == width;
  T* const first = tile.c;  // read once: the compiler takes every store for one that may change it
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  const auto for_each = [&](auto full, auto part) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      T* const c = first + c_rows[i];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        if (v < last || whole) full(c + v * width, sums[i][v]);
        else part(c + v * width, sums[i][v]);
      }
    }
  };
  if constexpr (requires { Ops::stream(tile.c, sums[0][0]); }) {
    if (tile.write == TileWrite::stream) {
      for_each([&](T* c, Vector sum) { Ops::stream(c, sum); }, [&](T* c, Vector sum) { Ops::store_first(c, sum, tail); });
      return;
    }
  }
  if (tile.write == TileWrite::store) {
    for_each([&](T* c, Vector sum) { Ops::store(c, sum); }, [&](T* c, Vector sum) { Ops::store_first(c, sum, tail); });
  } else {
    const Vector beta = Ops::broadcast(tile.beta);
    for_each([&](T* c, Vector sum) { Ops::store(c, Ops::fma(beta, Ops::load(c), sum)); },
             [&](T* c, Vector sum) { Ops::store_first(c, Ops::fma(beta, Ops::load_first(c, tail), sum), tail); });
  }
}

}  // namespace einc::kernels
