// simd_semirings.hpp: registers of numbers whose + is the larger, the smaller, or the logarithm of a sum of exponentials, and
// whose * is the sum. They move like the floats they are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/elements.hpp"
#include "kernels/exp_log.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels::simd {

template <class Arch, class R>
[[gnu::always_inline]] inline typename Ops<Arch, R>::Vector add_in(MaxPlus<R>, typename Ops<Arch, R>::Vector x, typename Ops<Arch, R>::Vector y) {
  return Ops<Arch, R>::max(x, y);
}
template <class Arch, class R>
[[gnu::always_inline]] inline typename Ops<Arch, R>::Vector add_in(MinPlus<R>, typename Ops<Arch, R>::Vector x, typename Ops<Arch, R>::Vector y) {
  return Ops<Arch, R>::min(x, y);
}
// Of two equal numbers the distance is 0, of infinities too, where a difference would be no number.
template <class Arch, class R>
[[gnu::always_inline]] inline typename Ops<Arch, R>::Vector add_in(LogSumExp<R>, typename Ops<Arch, R>::Vector x, typename Ops<Arch, R>::Vector y) {
  using L = Lanes<Arch, R>;
  using E = ExpLog<Arch, R>;
  const auto p = L::from(x), q = L::from(y);
  const auto larger = L::larger(p, q);
  const auto distance = p == q ? L::all(R(0)) : L::magnitude(p - q);
  return L::batch(larger + E::log(E::exp(-distance) + L::all(R(1))));
}

template <class Arch, class T, class R>
struct SemiringVector {
  typename Ops<Arch, R>::Vector raw;
  [[gnu::always_inline]] friend SemiringVector operator+(SemiringVector x, SemiringVector y) { return {add_in<Arch, R>(T(0), x.raw, y.raw)}; }
  [[gnu::always_inline]] friend SemiringVector operator*(SemiringVector x, SemiringVector y) { return {x.raw + y.raw}; }
};

template <class Arch, class T, class R>
struct SemiringOps {
  using Floats = Ops<Arch, R>;
  using Vector = SemiringVector<Arch, T, R>;
  using Register = typename Floats::Register;
  static constexpr int width = Floats::width;

  [[gnu::always_inline]] static Vector zero() { return broadcast(T(0)); }
  [[gnu::always_inline]] static Vector broadcast(T value) { return {Floats::broadcast(value.value)}; }
  [[gnu::always_inline]] static Vector load(const T* from) { return {Floats::load(&from->value)}; }
  [[gnu::always_inline]] static void store(T* to, Vector value) { Floats::store(&to->value, value.raw); }
  // Lanes past `count` are zeros of the semiring, so that adding them up changes nothing.
  [[gnu::always_inline]] static Vector load_first(const T* from, int count) {
    using L = Lanes<Arch, R>;
    return {L::batch(L::choose(L::first(count), L::load_first(&from->value, count), L::all(T(0).value)))};
  }
  [[gnu::always_inline]] static void store_first(T* to, Vector value, int count) { Floats::store_first(&to->value, value.raw, count); }
  [[gnu::always_inline]] static void stream(T* to, Vector value) { Floats::stream(&to->value, value.raw); }
  [[gnu::always_inline]] static void fence() { Floats::fence(); }
  [[gnu::always_inline]] static void prefetch(const T* address) { __builtin_prefetch(address, 0, 3); }
  [[gnu::always_inline]] static void prefetch_far(const T* address) { __builtin_prefetch(address, 0, 2); }
  [[gnu::always_inline]] static void prefetch_write(const T* address) { __builtin_prefetch(address, 1, 3); }
  [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) { return z + x * y; }
  [[gnu::always_inline]] static void transpose(Vector (&rows)[width]) {
    typename Floats::Vector held[width];
#pragma GCC unroll 16
    for (int row = 0; row < width; ++row) held[row] = rows[row].raw;
    Floats::transpose(held);
#pragma GCC unroll 16
    for (int row = 0; row < width; ++row) rows[row].raw = held[row];
  }
  [[gnu::always_inline]] static T sum(Vector value) {
    T lanes[width];
    store(lanes, value);
    for (int half = width / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) lanes[lane] = lanes[lane] + lanes[lane + half];
    return lanes[0];
  }
};

template <class Arch, class R>
struct Ops<Arch, MaxPlus<R>> : SemiringOps<Arch, MaxPlus<R>, R> {};
template <class Arch, class R>
struct Ops<Arch, MinPlus<R>> : SemiringOps<Arch, MinPlus<R>, R> {};

// In a tile a sum of exponentials is kept as the largest of its terms so far and the sum of exp(term - largest): one exponential
// a term, and one logarithm at the end. 256^3 f32: 1.5 G/s with a logarithm a term (Emerald Rapids, AVX-512, 2026-11).
template <class Arch, class R>
struct Ops<Arch, LogSumExp<R>> : SemiringOps<Arch, LogSumExp<R>, R> {
  using Base = SemiringOps<Arch, LogSumExp<R>, R>;
  using typename Base::Vector;
  using L = Lanes<Arch, R>;
  using E = ExpLog<Arch, R>;
  struct Sum {
    typename L::Vector largest, sum;
    Sum() = default;
    [[gnu::always_inline]] Sum(typename L::Vector m, typename L::Vector s) : largest(m), sum(s) {}
    [[gnu::always_inline]] Sum(Vector zero) : largest(L::from(zero.raw)), sum(L::all(R(0))) {}  // NOLINT: a sum begins as the zero
  };
  using Base::fma;
  [[gnu::always_inline]] static Sum fma(Vector x, Vector y, Sum z) {
    const auto term = L::from((x * y).raw);
    const auto rise = term == z.largest ? L::all(R(0)) : term - z.largest;  // of two infinities there is no difference
    const auto share = E::exp(-L::magnitude(rise));
    const auto sum = rise > L::all(R(0)) ? L::fma(z.sum, share, L::all(R(1))) : z.sum + share;
    return {L::larger(z.largest, term), sum};
  }
  [[gnu::always_inline]] static Vector value(Sum z) { return {L::batch(z.largest + E::log(z.sum))}; }
};

}  // namespace einc::kernels::simd
