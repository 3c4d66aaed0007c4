// lanes.hpp: a vector register as the compiler's own vector type: comparisons, choices and bits of lanes.
// Knows one register; xsimd spells these differently from version to version, the compilers have long agreed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/simd.hpp"

namespace einc::kernels {

template <class Arch, class T>
struct Lanes {
  using Ops = simd::Ops<Arch, T>;
  using Batch = typename Ops::Vector;
  using Register = typename Ops::Register;
  using Signed = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  using Unsigned = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int width = Ops::width;
  static constexpr int mantissa = std::numeric_limits<T>::digits - 1;  // bits of it that are stored
  static constexpr Unsigned bias = sizeof(T) == 4 ? 127 : 1023;        // of an exponent
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  typedef T Vector __attribute__((vector_size(width * sizeof(T))));
  typedef Signed Truth __attribute__((vector_size(width * sizeof(T))));  // all bits of a lane, or none
  typedef Unsigned Bits __attribute__((vector_size(width * sizeof(T))));

  [[gnu::always_inline]] static Vector from(Batch value) { return (Vector)(Register)(value); }
  [[gnu::always_inline]] static Batch batch(Vector value) { return Batch((Register)(value)); }

  [[gnu::always_inline]] static Vector all(T value) { return from(Batch(value)); }
  [[gnu::always_inline]] static Vector load(const T* x) { return from(Ops::load(x)); }
  [[gnu::always_inline]] static Vector load_first(const T* x, int count) { return from(Ops::load_first(x, count)); }
  [[gnu::always_inline]] static void store(T* x, Vector value) { Ops::store(x, batch(value)); }
  [[gnu::always_inline]] static void store_first(T* x, Vector value, int count) { Ops::store_first(x, batch(value), count); }

  [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) { return from(Ops::fma(batch(x), batch(y), batch(z))); }
  [[gnu::always_inline]] static Bits bits(Vector x) { return (Bits)(x); }
  [[gnu::always_inline]] static Vector of_bits(Bits x) { return (Vector)(x); }
  [[gnu::always_inline]] static Vector choose(Truth truth, Vector yes, Vector no) { return truth ? yes : no; }
  [[gnu::always_inline]] static Vector magnitude(Vector x) { return of_bits(bits(x) & ~sign); }
  [[gnu::always_inline]] static Vector with_sign_of(Vector x, Vector y) { return of_bits(bits(x) | (bits(y) & sign)); }

  // Truth in the first `count` lanes.
  [[gnu::always_inline]] static Truth first(int count) {
    Truth lane{};
    for (int i = 0; i < width; ++i) lane[i] = i;
    return lane < static_cast<Signed>(count);
  }

  // As the machine has them: of two numbers, one of them a NaN, the second.
  [[gnu::always_inline]] static Vector larger_or_second(Vector x, Vector y) { return x > y ? x : y; }
  [[gnu::always_inline]] static Vector smaller_or_second(Vector x, Vector y) { return x < y ? x : y; }
  // A NaN on either side is the result.
  [[gnu::always_inline]] static Vector larger(Vector x, Vector y) { return x == x ? larger_or_second(x, y) : x; }
  [[gnu::always_inline]] static Vector smaller(Vector x, Vector y) { return x == x ? smaller_or_second(x, y) : x; }

  // The coefficients from the constant upwards.
  template <std::size_t count>
  [[gnu::always_inline]] static Vector polynomial(Vector x, const T (&coefficients)[count]) {
    Vector sum = all(coefficients[count - 1]);
    for (std::size_t i = count - 1; i-- > 0;) sum = fma(sum, x, all(coefficients[i]));
    return sum;
  }

  // Masked spellings on AVX-512: the plain ones of GCC 12 warn about what they leave undefined.
  [[gnu::always_inline]] static Vector sqrt(Vector x) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Vector) == 64) {
      if constexpr (sizeof(T) == 4) return (Vector)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)x);
      else return (Vector)_mm512_maskz_sqrt_pd(0xFF, (__m512d)x);
    }
#endif
#if defined(__aarch64__)
    if constexpr (sizeof(T) == 4) return (Vector)vsqrtq_f32((float32x4_t)x);  // xsimd's is of 32-bit Arm: an estimate times x, NaN at infinity
#endif
    return from(xsimd::sqrt(batch(x)));
  }
  [[gnu::always_inline]] static Vector floor(Vector x) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Vector) == 64) {
      if constexpr (sizeof(T) == 4) return (Vector)_mm512_maskz_roundscale_ps(0xFFFF, (__m512)x, _MM_FROUND_TO_NEG_INF);
      else return (Vector)_mm512_maskz_roundscale_pd(0xFF, (__m512d)x, _MM_FROUND_TO_NEG_INF);
    }
#endif
    return from(xsimd::floor(batch(x)));
  }

  // One number out of all lanes, in every lane: halves that change places and meet, the same tree everywhere.
  template <class Combine>
  [[gnu::always_inline]] static Vector across(Vector x, Combine combine) {
    if constexpr (width >= 16) x = combine(x, swapped<8>(x));
    if constexpr (width >= 8) x = combine(x, swapped<4>(x));
    if constexpr (width >= 4) x = combine(x, swapped<2>(x));
    return combine(x, swapped<1>(x));
  }

  // Lane i is what `across` gives for vector i, bit for bit: of two vectors the halves meet in one, and so on.
  template <class Combine>
  [[gnu::always_inline]] static Vector each_across(const Vector (&x)[width], Combine combine) { return met<width>(x, combine); }

 private:
  static constexpr Unsigned sign = Unsigned(1) << (8 * sizeof(T) - 1);

  // Blocks of 2 * distance lanes of x, then of y: the first or the second half of each.
  template <int distance, int half>
  struct Half {
    constexpr int operator()(int lane) const {
      constexpr int blocks = width / (2 * distance);
      const int block = lane / distance;
      return (block < blocks ? 0 : width) + block % blocks * 2 * distance + half * distance + lane % distance;
    }
  };
  template <int count, class Combine>
  [[gnu::always_inline]] static Vector met(const Vector* x, Combine combine) {
    if constexpr (count == 1) {
      return *x;
    } else {
      constexpr int distance = width / count;
      const Batch first = batch(met<count / 2>(x, combine)), second = batch(met<count / 2>(x + count / 2, combine));
      return combine(from(Ops::permute(first, second, Half<distance, 0>{})), from(Ops::permute(first, second, Half<distance, 1>{})));
    }
  }

  template <int distance>
  struct Partner {
    constexpr int operator()(int lane) const { return lane ^ distance; }
  };
  template <int distance>
  [[gnu::always_inline]] static Vector swapped(Vector x) {
    return from(Ops::permute(batch(x), batch(x), Partner<distance>{}));
  }
};

}  // namespace einc::kernels
