// online.hpp: the rows of one tile of an online softmax: weights in place of scores, and the state carried forward.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/map_runs.hpp"

namespace einc::kernels {

// `two`: the weights are powers of 2, otherwise of e.
template <class Arch, class T, bool two>
struct OnlineRow {
  using L = Lanes<Arch, T>;
  using E = ExpLog<Arch, T>;
  using Vector = typename L::Vector;

  // The weight of a score that lies this far below the largest.
  [[gnu::always_inline]] static Vector weight(Vector x) {
    if constexpr (two) return E::two_to_below(x);
    else return E::exp_below(x);
  }

  // Of every lane's elements the largest. A NaN is passed over: the weights will show it.
  [[gnu::always_inline]] static Vector largest(const T* a, std::ptrdiff_t columns) {
    Vector held[2] = {L::all(-L::infinity), L::all(-L::infinity)};
    std::ptrdiff_t i = 0;
    for (; i + 2 * L::width <= columns; i += 2 * L::width)
      for (int j = 0; j < 2; ++j) held[j] = L::larger_or_second(L::load(a + i + j * L::width), held[j]);
    for (; i < columns; i += L::width) {
      const auto rest = static_cast<int>(columns - i < L::width ? columns - i : L::width);
      held[0] = L::larger_or_second(L::choose(L::first(rest), L::load_first(a + i, rest), L::all(-L::infinity)), held[0]);
    }
    return L::larger_or_second(held[0], held[1]);
  }

  // c = weight(a - reference); of every lane's elements of c the sum. On the way, lines of the row at `next` are asked for.
  [[gnu::always_inline]] static Vector weights(const T* a, T* c, std::ptrdiff_t columns, T reference, const T* next) {
    constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
    const Vector minus = L::all(reference);
    Vector sums[2] = {L::all(T(0)), L::all(T(0))};
    std::ptrdiff_t i = 0;
    for (; i + 2 * L::width <= columns; i += 2 * L::width) {
      const Vector x = weight(L::load(a + i) - minus), y = weight(L::load(a + i + L::width) - minus);
      L::store(c + i, x), L::store(c + i + L::width, y);
      for (std::ptrdiff_t ahead = 0; ahead < 2 * L::width; ahead += line) L::Ops::prefetch(next + i + ahead);
      sums[0] += x, sums[1] += y;
    }
    for (; i < columns; i += L::width) {
      const auto rest = static_cast<int>(columns - i < L::width ? columns - i : L::width);
      L::store_first(c + i, weight(L::load_first(a + i, rest) - minus), rest);
      sums[0] += L::load_first(c + i, rest);
    }
    return sums[0] + sums[1];
  }
};

// Rows are taken a vector's width at a time: what is computed once a row (factors, which need exp themselves, and one number out of
// all lanes) is then computed for all of them together. A tile is larger than the first-level cache, and to find the largest of a row is
// to read it: rows are asked for while those before them become weights. Cycles a vector of 16, 64 rows of 256 f32: 9.5 -> 6.9; of 128,
// which the cache holds, 7.0 (Emerald Rapids, AVX-512, 2026-11).
template <class Arch, class T, bool two>
bool online_rows_of(const OnlineRows<T>& at) {
  using L = Lanes<Arch, T>;
  using Row = OnlineRow<Arch, T, two>;
  using Vector = typename L::Vector;
  bool any = false;
  Vector lanes[L::width];
  for (std::ptrdiff_t begin = 0; begin < at.rows; begin += L::width) {
    const auto rows = static_cast<int>(at.rows - begin < L::width ? at.rows - begin : L::width);
    for (int row = 0; row < rows; ++row) lanes[row] = Row::largest(at.a + (begin + row) * at.a_row, at.columns);
    for (int row = rows; row < L::width; ++row) lanes[row] = L::all(T(0));
    const Vector now = L::each_across(lanes, [](Vector p, Vector q) __attribute__((always_inline)) { return L::larger_or_second(p, q); });

    const Vector before = L::load_first(at.maximum + begin, rows);
    const Vector after = L::larger(before, now);
    T reference[L::width], factor[L::width];
    L::store(reference, after == L::all(-L::infinity) ? L::all(T(0)) : after);
    L::store(factor, before == after ? L::all(T(1)) : Row::weight(before - after));

    for (int row = 0; row < rows; ++row) {
      lanes[row] = Row::weights(at.a + (begin + row) * at.a_row, at.c + (begin + row) * at.c_row, at.columns, reference[row],
                                 at.a + (begin + (begin + L::width + row < at.rows ? L::width : 0) + row) * at.a_row);
      at.rescale[begin + row] = factor[row];
      any |= factor[row] != T(1);
    }
    const Vector sum = L::each_across(lanes, [](Vector p, Vector q) __attribute__((always_inline)) { return p + q; });
    const Vector known = sum == sum ? after : after == L::all(L::infinity) ? after : sum;
    L::store_first(at.maximum + begin, known, rows);
    if (at.sum != nullptr) L::store_first(at.sum + begin, L::load_first(at.sum + begin, rows) * L::load(factor) + sum, rows);
  }
  return any;
}

template <class Arch, class T>
bool online_rows(const OnlineRows<T>& at) {
  return at.powers_of_two ? online_rows_of<Arch, T, true>(at) : online_rows_of<Arch, T, false>(at);
}

}  // namespace einc::kernels
