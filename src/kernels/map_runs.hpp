// map_runs.hpp: the functions of a map over runs of adjacent elements, and folds of a run to one number.
// The end of a run goes through the same vector code as its body, so that no result depends on its position.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/map_functions.hpp"

namespace einc::kernels {

template <class Arch, class T, Unary function>
void map_one(const T* x, T* result, std::ptrdiff_t length) {
  using L = Lanes<Arch, T>;
  using F = MapFunctions<Arch, T>;
  std::ptrdiff_t i = 0;
  for (; i + L::width <= length; i += L::width) L::store(result + i, F::template one<function>(L::load(x + i)));
  if (const auto rest = static_cast<int>(length - i); rest > 0)
    L::store_first(result + i, F::template one<function>(L::load_first(x + i, rest)), rest);
}

template <class Arch, class T, Binary function, bool x_runs, bool y_runs>
void map_two(const T* x, const T* y, T* result, std::ptrdiff_t length) {
  using L = Lanes<Arch, T>;
  using F = MapFunctions<Arch, T>;
  using Vector = typename L::Vector;
  const Vector x_number = L::all(*x), y_number = L::all(*y);
  std::ptrdiff_t i = 0;
  for (; i + L::width <= length; i += L::width)
    L::store(result + i, F::template two<function>(x_runs ? L::load(x + i) : x_number, y_runs ? L::load(y + i) : y_number));
  if (const auto rest = static_cast<int>(length - i); rest > 0) {
    const Vector x_end = x_runs ? L::load_first(x + i, rest) : x_number, y_end = y_runs ? L::load_first(y + i, rest) : y_number;
    L::store_first(result + i, F::template two<function>(x_end, y_end), rest);
  }
}

template <class Arch, class T>
void map_select(const T* truth, const T* yes, const T* no, typename MapKernels<T>::Sides runs, T* result, std::ptrdiff_t length) {
  using L = Lanes<Arch, T>;
  using Vector = typename L::Vector;
  const Vector zero = L::all(T(0)), truth_number = L::all(*truth), yes_number = L::all(*yes), no_number = L::all(*no);
  std::ptrdiff_t i = 0;
  for (; i + L::width <= length; i += L::width) {
    const Vector asked = runs.truth ? L::load(truth + i) : truth_number;
    const Vector chosen = runs.yes ? L::load(yes + i) : yes_number, other = runs.no ? L::load(no + i) : no_number;
    L::store(result + i, asked != zero ? chosen : other);
  }
  if (const auto rest = static_cast<int>(length - i); rest > 0) {
    const Vector asked = runs.truth ? L::load_first(truth + i, rest) : truth_number;
    const Vector chosen = runs.yes ? L::load_first(yes + i, rest) : yes_number;
    const Vector other = runs.no ? L::load_first(no + i, rest) : no_number;
    L::store_first(result + i, asked != zero ? chosen : other, rest);
  }
}

template <class Arch, class T>
void count_up(T first, T step, T* result, std::ptrdiff_t length) {
  for (std::ptrdiff_t i = 0; i < length; ++i) result[i] = first + static_cast<T>(i) * step;
}

// Four accumulators, then one, then one lane.
template <class Arch, class T, class Fold>
[[gnu::always_inline]] inline T fold_run(const T* x, std::ptrdiff_t length, T neutral, Fold fold) {
  using L = Lanes<Arch, T>;
  using Vector = typename L::Vector;
  Vector held[4] = {L::all(neutral), L::all(neutral), L::all(neutral), L::all(neutral)};
  std::ptrdiff_t i = 0;
  for (; i + 4 * L::width <= length; i += 4 * L::width)
    for (int j = 0; j < 4; ++j) held[j] = fold(held[j], L::load(x + i + j * L::width));
  for (; i + L::width <= length; i += L::width) held[0] = fold(held[0], L::load(x + i));
  if (const auto rest = static_cast<int>(length - i); rest > 0)
    held[1] = fold(held[1], L::choose(L::first(rest), L::load_first(x + i, rest), L::all(neutral)));
  return L::across(fold(fold(held[0], held[1]), fold(held[2], held[3])), fold)[0];
}

template <class Arch, class T>
T sum_run(const T* x, std::ptrdiff_t length) {
  using Vector = typename Lanes<Arch, T>::Vector;
  return fold_run<Arch>(x, length, T(0), [](Vector p, Vector q) __attribute__((always_inline)) { return p + q; });
}
template <class Arch, class T>
T largest_of_run(const T* x, std::ptrdiff_t length) {
  using L = Lanes<Arch, T>;
  using Vector = typename L::Vector;
  return fold_run<Arch>(x, length, -L::infinity, [](Vector p, Vector q) __attribute__((always_inline)) { return L::larger(p, q); });
}
template <class Arch, class T>
T smallest_of_run(const T* x, std::ptrdiff_t length) {
  using L = Lanes<Arch, T>;
  using Vector = typename L::Vector;
  return fold_run<Arch>(x, length, L::infinity, [](Vector p, Vector q) __attribute__((always_inline)) { return L::smaller(p, q); });
}

template <class Arch, class T>
void scale_rows(T* x, const T* factor, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  for (std::ptrdiff_t row = 0; row < rows; ++row, x += columns)
    if (factor[row] != T(1)) map_two<Arch, T, Binary::multiply, true, false>(x, factor + row, x, columns);
}

}  // namespace einc::kernels
