// map_arithmetic.hpp: the maps of numbers that are no floats: products, sums, differences, signs. Other functions have none.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/map_kernels.hpp"
#include "kernels/simd_complex.hpp"
#include "kernels/simd_integers.hpp"
#include "kernels/simd_semirings.hpp"

namespace einc::kernels {

template <class Arch, class T, class Function>
[[gnu::always_inline]] inline void for_run(T* result, std::ptrdiff_t length, Function function) {
  using Ops = simd::Ops<Arch, T>;
  std::ptrdiff_t i = 0;
  for (; i + Ops::width <= length; i += Ops::width) Ops::store(result + i, function([i](const T* from) { return Ops::load(from + i); }));
  if (const auto rest = static_cast<int>(length - i); rest > 0)
    Ops::store_first(result + i, function([i, rest](const T* from) { return Ops::load_first(from + i, rest); }), rest);
}

template <class Arch, class T, Binary function, bool x_runs, bool y_runs>
void arithmetic_two(const T* x, const T* y, T* result, std::ptrdiff_t length) {
  using Ops = simd::Ops<Arch, T>;
  const auto x_number = Ops::broadcast(*x), y_number = Ops::broadcast(*y);
  for_run<Arch>(result, length, [&](auto load) __attribute__((always_inline)) {
    const auto p = x_runs ? load(x) : x_number, q = y_runs ? load(y) : y_number;
    if constexpr (function == Binary::add) return p + q;
    else if constexpr (function == Binary::subtract) return p - q;
    else return p * q;
  });
}

template <class Arch, class T>
void arithmetic_negative(const T* x, T* result, std::ptrdiff_t length) {
  for_run<Arch>(result, length, [&](auto load) __attribute__((always_inline)) { return simd::Ops<Arch, T>::zero() - load(x); });
}
template <class Arch, class T>
void arithmetic_conjugate(const T* x, T* result, std::ptrdiff_t length) {
  for_run<Arch>(result, length, [&](auto load) __attribute__((always_inline)) {
    if constexpr (requires { load(x).conjugated(); }) return load(x).conjugated();
    else return load(x);
  });
}

template <class Arch, class T>
T arithmetic_sum(const T* x, std::ptrdiff_t length) {
  using Ops = simd::Ops<Arch, T>;
  typename Ops::Vector held[4] = {Ops::zero(), Ops::zero(), Ops::zero(), Ops::zero()};
  std::ptrdiff_t i = 0;
  for (; i + 4 * Ops::width <= length; i += 4 * Ops::width)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) held[j] = held[j] + Ops::load(x + i + j * Ops::width);
  for (; i + Ops::width <= length; i += Ops::width) held[0] = held[0] + Ops::load(x + i);
  if (const auto rest = static_cast<int>(length - i); rest > 0) held[1] = held[1] + Ops::load_first(x + i, rest);
  return Ops::sum((held[0] + held[1]) + (held[2] + held[3]));
}

template <class Arch, class T, Binary function>
constexpr typename MapKernels<T>::TwoForms arithmetic_forms() {
  return {&arithmetic_two<Arch, T, function, true, true>, &arithmetic_two<Arch, T, function, true, false>, &arithmetic_two<Arch, T, function, false, true>};
}

template <class Arch, class T>
constexpr MapKernels<T> make_arithmetic_map() {
  using Vector = typename simd::Ops<Arch, T>::Vector;
  MapKernels<T> kernels{};
  const auto one = [&](Unary function) -> auto& { return kernels.unary[static_cast<int>(function)]; };
  const auto two = [&](Binary function) -> auto& { return kernels.binary[static_cast<int>(function)]; };
  one(Unary::conjugate) = &arithmetic_conjugate<Arch, T>;
  two(Binary::add) = arithmetic_forms<Arch, T, Binary::add>();
  two(Binary::multiply) = arithmetic_forms<Arch, T, Binary::multiply>();
  if constexpr (requires(Vector x) { x - x; }) {
    one(Unary::negative) = &arithmetic_negative<Arch, T>;
    two(Binary::subtract) = arithmetic_forms<Arch, T, Binary::subtract>();
  }
  kernels.sum = &arithmetic_sum<Arch, T>;
  return kernels;
}

}  // namespace einc::kernels
