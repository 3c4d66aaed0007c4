// online.hpp: the rows of one tile of an online softmax: weights in place of scores, and the state carried forward.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/map_runs.hpp"

namespace einc::kernels {

template <class Arch, class T>
struct OnlineRow {
  using L = Lanes<Arch, T>;
  using E = ExpLog<Arch, T>;
  using Vector = typename L::Vector;

  [[gnu::always_inline]] static T largest(const T* a, std::ptrdiff_t columns) {
    return fold_run<Arch>(a, columns, -L::infinity, [](Vector p, Vector q) __attribute__((always_inline)) { return L::larger(p, q); });
  }

  // c = exp(a - reference); the sum of c.
  [[gnu::always_inline]] static T weights(const T* a, T* c, std::ptrdiff_t columns, T reference) {
    const Vector minus = L::all(reference);
    Vector sums[2] = {L::all(T(0)), L::all(T(0))};
    std::ptrdiff_t i = 0;
    for (; i + 2 * L::width <= columns; i += 2 * L::width) {
      const Vector x = E::exp_below(L::load(a + i) - minus), y = E::exp_below(L::load(a + i + L::width) - minus);
      L::store(c + i, x), L::store(c + i + L::width, y);
      sums[0] += x, sums[1] += y;
    }
    for (; i < columns; i += L::width) {
      const auto rest = static_cast<int>(columns - i < L::width ? columns - i : L::width);
      L::store_first(c + i, E::exp_below(L::load_first(a + i, rest) - minus), rest);
      sums[0] += L::load_first(c + i, rest);
    }
    return L::across(sums[0] + sums[1], [](Vector p, Vector q) __attribute__((always_inline)) { return p + q; })[0];
  }
};

template <class Arch, class T>
bool online_rows(const OnlineRows<T>& at) {
  using L = Lanes<Arch, T>;
  using Row = OnlineRow<Arch, T>;
  using Vector = typename L::Vector;
  // First all maxima, so that the factors, which need exp themselves, are computed a vector of rows at a time.
  constexpr std::ptrdiff_t group = 4 * L::width;
  bool any = false;
  for (std::ptrdiff_t begin = 0; begin < at.rows; begin += group) {
    const std::ptrdiff_t rows = at.rows - begin < group ? at.rows - begin : group;
    T now[group];
    for (std::ptrdiff_t row = 0; row < rows; ++row) now[row] = Row::largest(at.a + (begin + row) * at.a_row, at.columns);
    for (std::ptrdiff_t row = rows; row % L::width != 0; ++row) now[row] = T(0);
    for (std::ptrdiff_t row = 0; row < rows; row += L::width) {
      const auto count = static_cast<int>(rows - row < L::width ? rows - row : L::width);
      const Vector before = L::load_first(at.maximum + begin + row, count);
      const Vector after = L::larger(before, L::load(now + row));
      const Vector factor = before == after ? L::all(T(1)) : Row::E::exp(before - after);
      L::store_first(at.maximum + begin + row, after, count);
      L::store_first(at.rescale + begin + row, factor, count);
      L::store(now + row, after == L::all(-L::infinity) ? L::all(T(0)) : after);
    }
    for (std::ptrdiff_t row = 0; row < rows; ++row) {
      const T sum = Row::weights(at.a + (begin + row) * at.a_row, at.c + (begin + row) * at.c_row, at.columns, now[row]);
      const T factor = at.rescale[begin + row];
      any |= factor != T(1);
      if (at.sum != nullptr) at.sum[begin + row] = at.sum[begin + row] * factor + sum;
    }
  }
  return any;
}

}  // namespace einc::kernels
