// make_limits.hpp: fills the LimitKernels of one architecture and element type from the templates.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <utility>

#include "kernels/limit_kernels.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// Chains that do not wait for each other: two fused multiply-adds a cycle of latency 4 or 5 need 8 or 10 of them, and
// 12 with x, y and a spare still fit the 16 registers of the smaller instruction sets.
inline constexpr int limit_chains = 12;

template <class Arch, class T, std::size_t... chain>
[[gnu::always_inline]] inline T multiply_add_chains(std::ptrdiff_t steps, T x, T y, std::index_sequence<chain...>) {
  using Ops = simd::Ops<Arch, T>;
  const auto factor = Ops::broadcast(x), summand = Ops::broadcast(y);
  typename Ops::Vector sums[] = {Ops::broadcast(static_cast<T>(chain) * x)...};
  for (std::ptrdiff_t step = 0; step < steps; ++step) {
    ((sums[chain] = Ops::fma(sums[chain], factor, summand)), ...);
    ((sums[chain] = Ops::fma(sums[chain], factor, summand)), ...);
  }
  typename Ops::Vector total = Ops::zero();
  ((total = total + sums[chain]), ...);
  return Ops::sum(total);
}

template <class Arch, class T>
T multiply_add_limit(std::ptrdiff_t steps, T x, T y) {
  return multiply_add_chains<Arch, T>(steps, x, y, std::make_index_sequence<limit_chains>{});
}

inline constexpr int read_chains = 8;

template <class Arch, class T, std::size_t... chain>
[[gnu::always_inline]] inline T read_in_chains(const T* from, std::ptrdiff_t length, std::index_sequence<chain...>) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width, block = width * read_chains;
  typename Ops::Vector sums[] = {(static_cast<void>(chain), Ops::zero())...};
  std::ptrdiff_t i = 0;
  for (; i + block <= length; i += block) ((sums[chain] = sums[chain] + Ops::load(from + i + chain * width)), ...);
  typename Ops::Vector total = Ops::zero();
  ((total = total + sums[chain]), ...);
  T result = Ops::sum(total);
  for (; i < length; ++i) result += from[i];
  return result;
}

template <class Arch, class T>
T read_limit(const T* from, std::ptrdiff_t length) {
  return read_in_chains<Arch, T>(from, length, std::make_index_sequence<read_chains>{});
}

template <class Arch, class T, bool around, std::size_t... part>
[[gnu::always_inline]] inline void copy_in_parts(const T* from, T* to, std::ptrdiff_t length, std::index_sequence<part...>) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width, block = width * static_cast<std::ptrdiff_t>(sizeof...(part));
  std::ptrdiff_t i = 0;
  for (; i + block <= length; i += block) {
    const typename Ops::Vector values[] = {Ops::load(from + i + part * width)...};
    if constexpr (around) (Ops::stream(to + i + part * width, values[part]), ...);
    else (Ops::store(to + i + part * width, values[part]), ...);
  }
  for (; i < length; ++i) to[i] = from[i];
  if constexpr (around) Ops::fence();
}

template <class Arch, class T>
void copy_limit(const T* from, T* to, std::ptrdiff_t length) {
  copy_in_parts<Arch, T, false>(from, to, length, std::make_index_sequence<4>{});
}

template <class Arch, class T>
void copy_around_limit(const T* from, T* to, std::ptrdiff_t length) {
  copy_in_parts<Arch, T, true>(from, to, length, std::make_index_sequence<4>{});
}

template <class Arch, class T>
constexpr LimitKernels<T> make_limits() {
  return {2.0 * 2 * limit_chains * simd::Ops<Arch, T>::width, &multiply_add_limit<Arch, T>, &read_limit<Arch, T>,
          &copy_limit<Arch, T>, &copy_around_limit<Arch, T>};
}

}  // namespace einc::kernels
