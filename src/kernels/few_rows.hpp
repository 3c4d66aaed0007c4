// few_rows.hpp: products of a few rows with an array that is too large for the caches: each of its elements is read once, where it
// lies, and meets all rows while it is near. Lanes run along the features, summed (across) or not (down).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/few_in_order.hpp"
#include "kernels/few_kernels.hpp"
#include "kernels/few_quads.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_few.hpp"

namespace einc::kernels {

// c[rows, features] += alpha * the sum over the keys, for `vectors` registers of features, or the first `last` lanes of one.
template <class Arch, class T, class B, int rows, int vectors, bool partly, bool asks>
[[gnu::noinline]] void few_down_columns(const FewBlock<T, B>& block, const FewKeys<B>& keys, const T* a_first, T* c_first, int first, std::ptrdiff_t from, [[maybe_unused]] int last) {
  using Ops = simd::Ops<Arch, T>;
  using Unit = simd::Unit<Arch, T, B>;
  using Read = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, parts = rows * vectors <= 2 ? 4 : rows * vectors <= 4 ? 2 : 1;  // chains that do not wait for each other
  constexpr bool units = Unit::vectors == 2 && vectors % 2 == 0;
  Vector sums[parts][rows][vectors];
#pragma GCC unroll 4
  for (int p = 0; p < parts; ++p)
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[p][r][v] = Ops::zero();
  T weights[rows][most_few_keys];  // at places that the compiler knows: a pointer for each row would not stay in a register
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    const T* const a = a_first + block.a_rows[first + r];
    if (block.a_key == 1 && block.keys == few_keys) __builtin_memcpy(weights[r], a, few_keys * sizeof(T));
    else if (block.a_key == 1 && block.keys == most_few_keys) __builtin_memcpy(weights[r], a, most_few_keys * sizeof(T));
    else
      for (std::ptrdiff_t key = 0; key < block.keys; ++key) weights[r][key] = a[key * block.a_key];
  }
  const auto take = [&](std::ptrdiff_t at, int p) __attribute__((always_inline)) {
    const B* const b = keys.b + at * keys.step + from;
    Vector right[vectors];
    if constexpr (units) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v += 2) {
        Vector both[Unit::vectors];
        Unit::load(b + v * width, both);
        right[v] = both[0], right[v + 1] = both[1 % Unit::vectors];
      }
    } else {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        if constexpr (partly) right[v] = Read::load_first(b + v * width, last);
        else right[v] = Read::load(b + v * width);
      }
    }
    if constexpr (asks) {
      constexpr int bytes = vectors * width * static_cast<int>(sizeof(B));
      FewWalk<B>(keys, at * keys.step + from).template ask<(bytes > 64 ? bytes / 64 : 1)>();
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const Vector left = Ops::broadcast(weights[r][at]);
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
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    T* const c = c_first + block.c_rows[first + r] + from;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
#pragma GCC unroll 4
      for (int half = parts / 2; half > 0; half /= 2)
#pragma GCC unroll 4
        for (int p = 0; p < half; ++p) sums[p][r][v] = sums[p][r][v] + sums[p + half][r][v];
      if constexpr (units)
        if (v % 2 == 1) Unit::in_order(sums[0][r][v - 1], sums[0][r][v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      if constexpr (!partly) Ops::store(c + v * width, Ops::fma(sums[0][r][v], alpha, Ops::load(c + v * width)));
      else Ops::store_first(c + v * width, Ops::fma(sums[0][r][v], alpha, Ops::load_first(c + v * width, last)), last);
    }
  }
}

// As many rows and columns as there are registers for their sums; every column meets all rows while its keys are in L1.
template <class Arch, class T, class B>
[[gnu::always_inline]] inline void few_down_rows(const FewBlock<T, B>& block, const FewKeys<B>& keys, const T* a, T* c) {
  using Ops = simd::Ops<Arch, T>;
  constexpr bool many = sizeof(typename Ops::Register) == 64;  // 32 registers
  constexpr int width = Ops::width, wide = many ? 4 : 2;
  const auto pass = [&]<int rows, int vectors, bool partly>(int first, std::ptrdiff_t from, int last) __attribute__((always_inline)) {
    if (first == 0 && !partly && block.ahead != 0) few_down_columns<Arch, T, B, rows, vectors, partly, !partly>(block, keys, a, c, first, from, last);
    else few_down_columns<Arch, T, B, rows, vectors, partly, false>(block, keys, a, c, first, from, last);
  };
  const auto columns = [&]<int vectors, bool partly>(std::ptrdiff_t from, int last) __attribute__((always_inline)) {
    constexpr int tall = many && vectors == 2 ? 8 : 4;
    for (int first = 0; first < block.rows; first += tall) {
      const int left = block.rows - first;
      if (left == 1) pass.template operator()<1, vectors, partly>(first, from, last);
      else if (left == 2) pass.template operator()<2, vectors, partly>(first, from, last);
      else if (left == 3) pass.template operator()<3, vectors, partly>(first, from, last);
      else if (left == 4 || tall == 4) pass.template operator()<4, vectors, partly>(first, from, last);
      else if constexpr (tall == 8) {
        if (left == 5) pass.template operator()<5, vectors, partly>(first, from, last);
        else if (left == 6) pass.template operator()<6, vectors, partly>(first, from, last);
        else if (left == 7) pass.template operator()<7, vectors, partly>(first, from, last);
        else pass.template operator()<8, vectors, partly>(first, from, last);
      }
    }
  };
  std::ptrdiff_t from = 0;
  if (block.rows <= 4 || !many)
    for (; from + wide * width <= block.features; from += wide * width) columns.template operator()<wide, false>(from, width);
  if constexpr (many)
    for (; from + 2 * width <= block.features; from += 2 * width) columns.template operator()<2, false>(from, width);
  for (; from + width <= block.features; from += width) columns.template operator()<1, false>(from, width);
  if (from < block.features) columns.template operator()<1, true>(from, static_cast<int>(block.features - from));
}

// More rows: batches one behind the other. While one is read, the next is brought near.
template <class Arch, class T, class B, bool down>
[[gnu::always_inline]] inline void few_batches(const FewBlock<T, B>& block) {
  const FewBlock<T, B> own = block;
  for (std::ptrdiff_t batch = 0; batch < own.batches; ++batch) {
    const B* const b = own.b + batch * own.b_batch;
    const FewKeys<B> keys{b, own.b_key, batch + 1 < own.batches ? b + own.b_batch : own.next, b + own.ahead};
    const T* const a = own.a + batch * own.a_batch;
    T* const c = own.c + batch * own.c_batch;
    if constexpr (down) few_down_rows<Arch, T, B>(own, keys, a, c);
    else few_across_quads<Arch, T, B>(own, keys, a, c);
  }
}

template <class Arch, class T, class B = T>
void few_across(const FewBlock<T, B>& block) {
  const bool asks = block.ahead != 0;
  if (block.rows == 1) return asks ? few_across_rows<Arch, T, B, 1, true>(block) : few_across_rows<Arch, T, B, 1, false>(block);
  if (block.rows == 2) return asks ? few_across_rows<Arch, T, B, 2, true>(block) : few_across_rows<Arch, T, B, 2, false>(block);
  few_batches<Arch, T, B, false>(block);
}
template <class Arch, class T, class B = T>
void few_down(const FewBlock<T, B>& block) {
  const bool asks = block.ahead != 0, waits = block.batches > 1 && block.features * block.rows <= few_waiting<T> / 2;
  if (waits && block.rows == 1) return asks ? few_down_in_order<Arch, T, B, 1, true>(block) : few_down_in_order<Arch, T, B, 1, false>(block);
  if (waits && block.rows == 2) return asks ? few_down_in_order<Arch, T, B, 2, true>(block) : few_down_in_order<Arch, T, B, 2, false>(block);
  few_batches<Arch, T, B, true>(block);
}

// As registers of keys have their features, see simd::Unit; four rows and more beside each other, see few_quads.hpp.
template <class Arch, class T, class B = T>
void few_arrange(int row, int rows, std::ptrdiff_t features, const T* from, T* to) {
  using Ops = simd::Ops<Arch, T>;
  using Unit = simd::Unit<Arch, T, B>;
  using Q = Quads<Arch, T>;
  const bool quads = rows > most_rows_in_order;
  const std::ptrdiff_t length = (features + Unit::size - 1) / Unit::size * Unit::size;
  const std::ptrdiff_t step = quads ? std::ptrdiff_t{(rows + Q::rows - 1) / Q::rows} * Q::width : Q::parts;  // from piece to piece
  to += quads ? row / Q::rows * Q::width + row % Q::rows * Q::parts : row * length;
  for (std::ptrdiff_t i = 0; i < features; i += Unit::size) {
    typename Ops::Vector vectors[Unit::vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Unit::vectors; ++v) {
      const std::ptrdiff_t at = i + v * Ops::width, left = features - at;
      vectors[v] = left >= Ops::width ? Ops::load(from + at) : left > 0 ? Ops::load_first(from + at, static_cast<int>(left)) : Ops::zero();
    }
    if constexpr (Unit::vectors == 2) Unit::apart(vectors[0], vectors[1]);
    alignas(64) T pieces[Unit::size];
#pragma GCC unroll 2
    for (int v = 0; v < Unit::vectors; ++v) Ops::store(pieces + v * Ops::width, vectors[v]);
#pragma GCC unroll 32
    for (int piece = 0; piece < Unit::size / Q::parts; ++piece, to += step) __builtin_memcpy(to, pieces + piece * Q::parts, sizeof(T) * Q::parts);
  }
}

template <class Arch, class T, class B = T>
constexpr FewKernels<T, B> make_few() {
  return {&few_across<Arch, T, B>, &few_down<Arch, T, B>, &few_arrange<Arch, T, B>};
}

}  // namespace einc::kernels
