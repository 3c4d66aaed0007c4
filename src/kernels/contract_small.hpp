// contract_small.hpp: contractions of a few register tiles, many batches in one call: nothing is packed, no table is read.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// One row of a tile in registers of the architecture; `tail` columns of the last are in use, or, where they are whole, all.
template <class Arch, class T, bool whole = false>
struct WideColumns {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  using Pairs = PairLanes<Arch, T>;
  static constexpr int width = Ops::width;
  [[gnu::always_inline]] static Vector load_last(const T* from, int tail) {
    return masks_lanes<Arch, T> && !whole ? Ops::load_first(from, tail) : Ops::load(from);
  }
  [[gnu::always_inline]] static Vector load_last_of_c(const T* from, int tail) {
    return whole || tail == width ? Ops::load(from) : Ops::load_first(from, tail);
  }
  [[gnu::always_inline]] static void store_last(T* to, Vector value, int tail) {
    if (!whole && (masks_lanes<Arch, T> || tail != width)) Ops::store_first(to, value, tail);
    else Ops::store(to, value);
  }
};

// One row of exactly `lanes` columns, fewer than a register has: a masked access of a whole register would cross a cache line at
// most rows. 1000 batches of 4 x 4 x 4 f32: 7.1 us masked, 5.4 so; of 8 x 8 x 8: 20.6 and 16.7 (2-core Emerald Rapids, AVX-512,
// 2026-11, the other core busy). A template over the architecture, so that its symbols are of that instruction set.
template <class Arch, class T, int lanes>
struct NarrowColumns {
  typedef T Raw __attribute__((vector_size(lanes * sizeof(T))));
  struct Vector {
    Raw raw;
    [[gnu::always_inline]] friend Vector operator*(Vector x, Vector y) { return {x.raw * y.raw}; }
    [[gnu::always_inline]] friend Vector operator-(Vector x, Vector y) { return {x.raw - y.raw}; }
  };
  struct Ops {
    [[gnu::always_inline]] static Vector zero() { return {Raw{}}; }
    [[gnu::always_inline]] static Vector broadcast(T value) { return {value - Raw{}}; }  // minus zero leaves every value as it is
    [[gnu::always_inline]] static Vector load(const T* from) {
      Vector value;
      __builtin_memcpy(&value.raw, from, sizeof(Raw));
      return value;
    }
    [[gnu::always_inline]] static void store(T* to, Vector value) { __builtin_memcpy(to, &value.raw, sizeof(Raw)); }
    [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) { return {x.raw * y.raw + z.raw}; }
  };
  struct Pairs {  // of parts
    using Ops = NarrowColumns::Ops;
    using Vector = NarrowColumns::Vector;
    [[gnu::always_inline]] static Vector exchanged(Vector parts) {
      return [&]<int... lane>(std::integer_sequence<int, lane...>) __attribute__((always_inline)) -> Vector {
        return {__builtin_shufflevector(parts.raw, parts.raw, (lane ^ 1)...)};
      }(std::make_integer_sequence<int, lanes>());
    }
    [[gnu::always_inline]] static Vector signs() {  // -1 for real parts, 1 for imaginary ones
      return [&]<int... lane>(std::integer_sequence<int, lane...>) __attribute__((always_inline)) -> Vector {
        return {Raw{(lane % 2 == 0 ? T(-1) : T(1))...}};
      }(std::make_integer_sequence<int, lanes>());
    }
  };
  static constexpr int width = lanes;
  [[gnu::always_inline]] static Vector load_last(const T* from, int) { return Ops::load(from); }
  [[gnu::always_inline]] static Vector load_last_of_c(const T* from, int) { return Ops::load(from); }
  [[gnu::always_inline]] static void store_last(T* to, Vector value, int) { Ops::store(to, value); }
};

// One tile of one batch. The sum of an element is one chain of multiply-adds in the order of k, as in contract_tile. A depth
// that is known, not 0, leaves no loop: most of the instructions of 4 x 4 x 4 were its own. A thousand batches of n cubed f32,
// n = 2, 4, 8: 2.7, 4.7, 13.1 us with a loop, 1.1, 3.5, 13.4 without (2-core Emerald Rapids, AVX-512, 2026-11).
// Of complex numbers as pairs, columns are parts, and every part of b meets both of a, as in contract_tile.
template <class T, class Columns, int rows, int vectors, int known_depth, bool as_it_is, bool pairs>
[[gnu::always_inline]] inline void small_tile(const SmallArguments<T>& small, const T* a, const T* b, T* c) {
  using Ops = typename Columns::Ops;
  using Vector = typename Columns::Vector;
  constexpr int width = Columns::width, last = vectors - 1;
  const int tail = small.tail;

  std::conditional_t<pairs, PairSum<typename Columns::Pairs>, Vector> growing[rows][vectors];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      if constexpr (pairs) growing[i][v] = {Ops::zero(), Ops::zero()};
      else growing[i][v] = Ops::zero();
    }

  // Rows in groups of five, as in contract_tile.
  const T* bases[2];
  const std::ptrdiff_t steps[5] = {0, small.a_row, 2 * small.a_row, 3 * small.a_row, 4 * small.a_row};
  const auto add_products = [&]() __attribute__((always_inline)) {
    Vector columns[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) columns[v] = v == last ? Columns::load_last(b + v * width, tail) : Ops::load(b + v * width);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const T* const number = bases[i / 5] + steps[i % 5];
      const Vector value = Ops::broadcast(number[0]);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        auto& sum = growing[i][v];
        if constexpr (pairs) sum.by_real = Ops::fma(value, columns[v], sum.by_real);
        else sum = Ops::fma(value, columns[v], sum);
      }
      if constexpr (pairs) {
        const Vector imaginary = Ops::broadcast(number[1]);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) growing[i][v].by_imaginary = Ops::fma(imaginary, columns[v], growing[i][v].by_imaginary);
      }
    }
    bases[0] += small.a_depth;
    if constexpr (rows > 5) bases[1] += small.a_depth;
    b += small.b_depth;
  };
  const auto begin_at = [&](const T* first) __attribute__((always_inline)) {
    bases[0] = first, bases[1] = first + 5 * small.a_row;
  };
  begin_at(a);
  if constexpr (known_depth > 0) {
#pragma GCC unroll 4
    for (int k = 0; k < known_depth; ++k) add_products();
  } else {
    const T* const first_b = b;
    for (std::ptrdiff_t outer = 0;;) {
      for (std::ptrdiff_t k = small.depth; k > 0; --k) add_products();
      if (++outer == small.depths) break;
      begin_at(a + outer * small.a_depths), b = first_b + outer * small.b_depths;
    }
  }

  Vector sums[rows][vectors];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      if constexpr (!pairs) sums[i][v] = growing[i][v];
      else if constexpr (as_it_is) sums[i][v] = growing[i][v].value(false, false);
      else sums[i][v] = growing[i][v].value(small.conjugate_a, small.conjugate_b);
    }
  if (!as_it_is && small.alpha != T(1)) {
    const Vector alpha = Ops::broadcast(small.alpha);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[i][v] = alpha * sums[i][v];
  }
  if (!as_it_is && small.write == TileWrite::add) {
    const Vector beta = Ops::broadcast(small.beta);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        const T* const old = c + i * small.c_row + v * width;
        sums[i][v] = Ops::fma(beta, v == last ? Columns::load_last_of_c(old, tail) : Ops::load(old), sums[i][v]);
      }
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      T* const to = c + i * small.c_row + v * width;
      if (v == last) Columns::store_last(to, sums[i][v], tail);
      else Ops::store(to, sums[i][v]);
    }
}

// The same of whole vectors, where masks cost something.
template <class Columns>
struct WholeColumns {
  using Type = Columns;
};
template <class Arch, class T>
struct WholeColumns<WideColumns<Arch, T>> {
  using Type = WideColumns<Arch, T, masks_lanes<Arch, T>>;
};

template <class Arch, class T, class Columns, int rows, int vectors, int known_depth, bool pairs>
void contract_small(const SmallArguments<T>& given, const T* a, const T* b, T* c) {
  const SmallArguments<T> small = given;  // a copy nobody else can change, so nothing is read again after a store
  const auto for_batches = [&](auto tile) __attribute__((always_inline)) {
    for (std::ptrdiff_t batch = 0; batch < small.batches; ++batch) {
      tile();
      a += small.a_batch, b += small.b_batch, c += small.c_batch;
    }
  };
  if constexpr (known_depth > 0) {
    if (small.tiles == 1 && small.depths == 1 && small.alpha == T(1) && small.write == TileWrite::store && !small.conjugate_a && !small.conjugate_b)
      return for_batches([&]() __attribute__((always_inline)) {
        small_tile<T, Columns, rows, vectors, known_depth, true, pairs>(small, a, b, c);
      });
  }
  const auto run = [&]<class Row>(Row) __attribute__((always_inline)) {
    for_batches([&]() __attribute__((always_inline)) {
      for (std::ptrdiff_t tile = 0; tile < small.tiles; ++tile)
        small_tile<T, Row, rows, vectors, 0, false, pairs>(small, a + tile * rows * small.a_row, b, c + tile * rows * small.c_row);
    });
  };
  using Whole = typename WholeColumns<Columns>::Type;
  if constexpr (!std::is_same_v<Whole, Columns>)
    if (small.tail == Columns::width) return run(Whole());
  run(Columns());
}

}  // namespace einc::kernels
