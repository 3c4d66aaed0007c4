// simd_complex.hpp: registers of complex numbers, real and imaginary parts side by side as they lie in memory.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/elements.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels::simd {

template <class Arch, class R>
struct ComplexVector {
  using Parts = Ops<Arch, R>;
  typename Parts::Vector raw;

  [[gnu::always_inline]] friend ComplexVector operator+(ComplexVector x, ComplexVector y) { return {x.raw + y.raw}; }
  [[gnu::always_inline]] friend ComplexVector operator-(ComplexVector x, ComplexVector y) { return {x.raw - y.raw}; }
  // re(x) times y, and im(x) times y with its parts exchanged and the first negated.
  [[gnu::always_inline]] friend ComplexVector operator*(ComplexVector x, ComplexVector y) {
    const auto re = Parts::permute(x.raw, x.raw, [](int lane) { return lane & ~1; });
    const auto im = Parts::permute(x.raw, x.raw, [](int lane) { return lane | 1; });
    const auto exchanged = Parts::permute(y.raw, y.raw, [](int lane) { return lane ^ 1; });
    return {Parts::fma(re, y.raw, im * exchanged * signs())};
  }
  [[gnu::always_inline]] ComplexVector conjugated() const { return {raw * (Parts::zero() - signs())}; }
  // -1 for real parts, 1 for imaginary ones.
  [[gnu::always_inline]] static typename Parts::Vector signs() {
    alignas(64) R lanes[Parts::width];
#pragma GCC unroll 16
    for (int lane = 0; lane < Parts::width; ++lane) lanes[lane] = lane % 2 == 0 ? R(-1) : R(1);
    return Parts::load(lanes);
  }
};

template <class Arch, class R>
struct Ops<Arch, Complex<R>> {
  using T = Complex<R>;
  using Parts = Ops<Arch, R>;
  using Vector = ComplexVector<Arch, R>;
  using Register = typename Parts::Register;
  static constexpr int width = Parts::width / 2;

  [[gnu::always_inline]] static Vector zero() { return {Parts::zero()}; }
  [[gnu::always_inline]] static Vector broadcast(T value) {
    alignas(64) T lanes[width];
#pragma GCC unroll 16
    for (int lane = 0; lane < width; ++lane) lanes[lane] = value;
    return load(lanes);
  }
  [[gnu::always_inline]] static Vector load(const T* from) { return {Parts::load(&from->re)}; }
  [[gnu::always_inline]] static void store(T* to, Vector value) { Parts::store(&to->re, value.raw); }
  [[gnu::always_inline]] static Vector load_first(const T* from, int count) { return {Parts::load_first(&from->re, 2 * count)}; }
  [[gnu::always_inline]] static void store_first(T* to, Vector value, int count) { Parts::store_first(&to->re, value.raw, 2 * count); }
  [[gnu::always_inline]] static void stream(T* to, Vector value) { Parts::stream(&to->re, value.raw); }
  [[gnu::always_inline]] static void fence() { Parts::fence(); }
  [[gnu::always_inline]] static void prefetch(const T* address) { __builtin_prefetch(address, 0, 3); }
  [[gnu::always_inline]] static void prefetch_far(const T* address) { __builtin_prefetch(address, 0, 2); }
  [[gnu::always_inline]] static void prefetch_write(const T* address) { __builtin_prefetch(address, 1, 3); }
  [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) { return x * y + z; }
  [[gnu::always_inline]] static T sum(Vector value) {
    T lanes[width];
    store(lanes, value);
    for (int half = width / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) lanes[lane] = lanes[lane] + lanes[lane + half];
    return lanes[0];
  }

  // c64 moves like f64.
  [[gnu::always_inline]] static void transpose(Vector (&rows)[width]) {
    if constexpr (sizeof(R) == 4) {
      using Doubles = Ops<Arch, double>;
      typename Doubles::Vector held[width];
#pragma GCC unroll 16
      for (int row = 0; row < width; ++row) held[row] = Doubles::load(reinterpret_cast<const double*>(&rows[row].raw));
      Doubles::transpose(held);
#pragma GCC unroll 16
      for (int row = 0; row < width; ++row) Doubles::store(reinterpret_cast<double*>(&rows[row].raw), held[row]);
    } else if constexpr (width > 1) {
      typename Parts::Vector held[width];
#pragma GCC unroll 4
      for (int row = 0; row < width; ++row) held[row] = rows[row].raw;
      Parts::transpose_quads(held);
#pragma GCC unroll 4
      for (int row = 0; row < width; ++row) rows[row].raw = held[row];
    }
  }
};

}  // namespace einc::kernels::simd
