// exp_log.hpp: exp and log of a vector, to about one unit in the last place.
//
// exp(x) = 2^n * exp(r) with n = round(x / log 2), log(x) = e * log 2 + log(m) with m about 1: on those short ranges a
// polynomial interpolated at Chebyshev nodes is good to a tenth of a unit. Speeds on one core of an Emerald Rapids with
// AVX-512 are those of some ten instructions a vector in f32 and some sixteen in f64.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/lanes.hpp"

namespace einc::kernels {

template <class Arch, class T>
struct ExpLog {
  using L = Lanes<Arch, T>;
  using Vector = typename L::Vector;
  using Bits = typename L::Bits;
  using Unsigned = typename L::Unsigned;
  static constexpr bool single = sizeof(T) == 4;

  // Adding 1.5 * 2^mantissa rounds to a whole number, whose bits are then the last of the sum's.
  static constexpr T magic = single ? T(12582912) : T(6755399441055744);

  // x = n * log 2 + r with |r| <= log 2 / 2. `shifted` holds n in its last bits.
  struct Reduced {
    Vector n, r, shifted;
  };
  [[gnu::always_inline]] static Reduced reduce(Vector x) {
    // The first part of log 2 has few bits: n times it is exact, with or without a fused multiply-add.
    constexpr T first = single ? T(0.693359375) : T(0.693145751953125);
    constexpr T second = single ? T(-2.121944400546905828e-4) : T(1.428606820309417232121e-6);
    const Vector shifted = L::fma(x, L::all(T(1.442695040888963407360)), L::all(magic));
    const Vector n = shifted - L::all(magic);
    return {n, L::fma(n, L::all(-second), L::fma(n, L::all(-first), x)), shifted};
  }

  // exp(r) - 1 on that range; relatively exact for small r.
  [[gnu::always_inline]] static Vector less_one(Vector r) {
    if constexpr (single) {
      constexpr T q[] = {0.5f, 0.1666657667f, 0.04166655421f, 0.008363232884f, 0.001392625083f};
      return L::fma(r * r, L::polynomial(r, q), r);
    } else {
      constexpr T q[] = {0.500000000000000103,    0.166666666666666675,    0.0416666666666238205,   0.0083333333333300382,
                         0.00138888889173670806,  0.00019841269863171556,  0.0000248015210578682052, 2.75572682769056962e-6,
                         2.76202015910315488e-7,  2.5100472505694996e-8};
      return L::fma(r * r, L::polynomial(r, q), r);
    }
  }

  // exp(r) on that range. Without a fused multiply-add the longer way is the more exact one.
  [[gnu::always_inline]] static Vector of_reduced(Vector r) {
#if defined(__FMA__) || defined(__aarch64__)
    constexpr bool fused = true;
#else
    constexpr bool fused = false;
#endif
    if constexpr (single && fused) {
      constexpr T q[] = {1.0f, 0.5f, 0.1666657667f, 0.04166655421f, 0.008363232884f, 0.001392625083f};
      return L::fma(r, L::polynomial(r, q), L::all(T(1)));
    } else {
      return less_one(r) + L::all(T(1));
    }
  }

  // 2^n of a whole n for which that is a normal number.
  [[gnu::always_inline]] static Vector power(Bits n) { return L::of_bits((n + L::bias) << L::mantissa); }

  // x * 2^n, n in the last bits of `shifted`. In two halves: 2^n itself may be no normal number where the result is one.
  [[gnu::always_inline]] static Vector scaled_by(Vector x, Vector shifted) {
    using Truth = typename L::Truth;
    constexpr Unsigned half_bit = Unsigned(1) << (L::mantissa - 1);
    const Truth n = (Truth)((L::bits(shifted) & ((half_bit << 1) - 1)) - half_bit);
    const Bits first = (Bits)(n + 2048) / 2 - 1024;
    return x * power(first) * power((Bits)n - first);
  }

  // Results below the smallest normal number are 0: a processor takes a hundred cycles for each of the numbers between, and masked
  // scores, whose weights are all 0, would come as such. A NaN stays.
  [[gnu::always_inline]] static Vector exp(Vector x) {
    constexpr T high = single ? T(89) : T(710);
    return exp_below(L::smaller_or_second(L::all(high), x));
  }

  // The same where x is known not to be so large that the result is infinite.
  [[gnu::always_inline]] static Vector exp_below(Vector x) {
    constexpr T low = single ? T(-87.336544) : T(-708.396418532264);
#if defined(__AVX512F__)
    if constexpr (sizeof(Vector) == 64) {  // whatever lies below `low` is masked out at the end
      const Reduced reduced = reduce(x);
      const Vector result = of_reduced(reduced.r);
      if constexpr (single) return (Vector)_mm512_maskz_scalef_ps(_mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(low), _CMP_NLT_UQ), (__m512)result, (__m512)reduced.n);
      else return (Vector)_mm512_maskz_scalef_pd(_mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(low), _CMP_NLT_UQ), (__m512d)result, (__m512d)reduced.n);
    }
#endif
    const Reduced reduced = reduce(L::larger_or_second(L::all(low), x));
    return x < L::all(low) ? L::all(T(0)) : scaled_by(of_reduced(reduced.r), reduced.shifted);
  }

  // 2^x where x is known not to be so large that the result is infinite; otherwise as exp. The whole part needs no rounding of a
  // product, and a processor that cuts numbers at their point has the rest in one step; there, floats below the smallest normal number
  // are flushed by the processor, which streams ask it to do.
  [[gnu::always_inline]] static Vector two_to_below(Vector x) {
    constexpr T low = single ? T(-126) : T(-1022), log_two = T(0.693147180559945309417);
#if defined(__AVX512F__)
    if constexpr (sizeof(Vector) == 64) {
      if constexpr (single) {
        constexpr T q[] = {1.0f, 0.6931470633f, 0.2402293086f, 0.05548528209f, 0.009675451554f, 0.001246784581f, 0.0002161291923f};
        const Vector result = L::polynomial((Vector)_mm512_maskz_reduce_ps(0xFFFF, (__m512)x, _MM_FROUND_TO_NEG_INF), q);
        return (Vector)_mm512_scalef_ps((__m512)result, (__m512)x);
      } else {
        const Vector rest = (Vector)_mm512_maskz_reduce_pd(0xFF, (__m512d)x, _MM_FROUND_TO_NEAREST_INT), result = of_reduced(rest * L::all(log_two));
        return (Vector)_mm512_maskz_scalef_pd(_mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(low), _CMP_NLT_UQ), (__m512d)result, (__m512d)(x - rest));
      }
    }
#endif
    const Vector kept = L::larger_or_second(L::all(low), x), shifted = kept + L::all(magic), n = shifted - L::all(magic);
    const Vector scaled = scaled_by(of_reduced((kept - n) * L::all(log_two)), shifted);
    return x < L::all(low) ? L::all(T(0)) : scaled;
  }

  // exp(x) - 1 for x <= 0, without losing the digits of a small x.
  [[gnu::always_inline]] static Vector exp_less_one(Vector x) {
    constexpr T low = single ? T(-40) : T(-80);
    x = L::larger_or_second(L::all(low), x);
    const Reduced reduced = reduce(x);
    constexpr Unsigned half_bit = Unsigned(1) << (L::mantissa - 1);
    const Bits n = (L::bits(reduced.shifted) & ((half_bit << 1) - 1)) - half_bit;
    const Vector scale = power(n);
    return L::fma(less_one(reduced.r), scale, scale - L::all(T(1)));
  }

  [[gnu::always_inline]] static Vector log(Vector x) {
    constexpr T smallest = std::numeric_limits<T>::min();
    constexpr T up = single ? T(33554432) : T(18014398509481984);  // 2^25, 2^54: makes normal numbers of the smallest
    constexpr T ups = single ? T(25) : T(54);
    const auto tiny = x < L::all(smallest);
    const Vector y = tiny ? x * L::all(up) : x;
    // m in [sqrt(1/2), sqrt 2): bits counted from those of sqrt(1/2).
    constexpr Unsigned root = single ? Unsigned(0x3F3504F3) : Unsigned(0x3FE6A09E667F3BCD);
    const Bits exponent = (L::bits(y) + ((L::bias << L::mantissa) - root)) >> L::mantissa;
    const Vector m = L::of_bits(L::bits(y) - ((exponent - L::bias) << L::mantissa));
    // A whole number below 2^mantissa becomes a float by its bits.
    constexpr T whole = single ? T(8388608) : T(4503599627370496);
    const Vector e = L::of_bits(exponent | L::bits(L::all(whole))) - L::all(whole + T(L::bias)) - (tiny ? L::all(ups) : L::all(T(0)));

    const Vector f = m - L::all(T(1));
    const Vector s = f / (f + L::all(T(2)));  // log(m) = 2 * atanh(s)
    const Vector z = s * s;
    Vector series;
    if constexpr (single) {
      constexpr T q[] = {0.6666666655f, 0.4000012221f, 0.2855077863f, 0.2333161447f};
      series = z * L::polynomial(z, q);
    } else {
      constexpr T q[] = {0.666666666666666971, 0.399999999998988905, 0.285714286262538376, 0.222222110893794934,
                         0.181828924325370315, 0.153316117220506524, 0.146178071534628287};
      series = z * L::polynomial(z, q);
    }
    // As f - (f*f/2 - s * (f*f/2 + series)): what is subtracted is small beside f.
    constexpr T first = single ? T(0.693359375) : T(0.6931471803691238);
    constexpr T second = single ? T(-2.121944400546905828e-4) : T(1.908214929270587816144e-10);
    const Vector half = L::all(T(0.5)) * f * f;
    const Vector rest = half - L::fma(s, half + series, e * L::all(second));
    Vector result = L::fma(e, L::all(first), f - rest);
    result = x == L::all(L::infinity) ? x : result;
    result = x == L::all(T(0)) ? L::all(-L::infinity) : result;
    return x >= L::all(T(0)) ? result : L::all(std::numeric_limits<T>::quiet_NaN());
  }
};

}  // namespace einc::kernels
