// simd_halves.hpp: registers of numbers read from elements of another type: halves become floats on the way.
// Knows one register; no loops over data.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/elements.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels::simd {

// Registers of T out of elements of S: here the same, below halves.
template <class Arch, class T, class S>
struct Read : Ops<Arch, T> {
  [[gnu::always_inline]] static T number(S value) { return value; }
};

template <class Arch, class S>
  requires std::is_same_v<S, BFloat16> || std::is_same_v<S, Float16>
struct Read<Arch, float, S> {
  using Floats = Ops<Arch, float>;
  using Vector = typename Floats::Vector;
  static constexpr int width = Floats::width;

  [[gnu::always_inline]] static float number(S value) { return value.widened(); }
  [[gnu::always_inline]] static Vector broadcast(S value) { return Floats::broadcast(value.widened()); }
  [[gnu::always_inline]] static void prefetch(const S* address) { __builtin_prefetch(address, 0, 3); }
  [[gnu::always_inline]] static void prefetch_far(const S* address) { __builtin_prefetch(address, 0, 2); }

  [[gnu::always_inline]] static Vector load(const S* from) {
    [[maybe_unused]] constexpr bool upper = std::is_same_v<S, BFloat16>;
#if defined(__AVX512F__)
    if constexpr (width == 16) {
      const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
      if constexpr (upper) return Vector(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)));
      else return Vector(_mm512_cvtph_ps(bits));
    }
#endif
#if defined(__AVX2__) && defined(__F16C__)
    if constexpr (width == 8) {
      const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      if constexpr (upper) return Vector(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)));
      else return Vector(_mm256_cvtph_ps(bits));
    }
#endif
#if defined(__aarch64__)
    if constexpr (width == 4) {
      const uint16x4_t bits = vld1_u16(&from->bits);
      if constexpr (upper) return Vector(vreinterpretq_f32_u32(vshll_n_u16(bits, 16)));
      else return Vector(vcvt_f32_f16(vreinterpret_f16_u16(bits)));
    }
#endif
    alignas(64) float lanes[width];
    for (int lane = 0; lane < width; ++lane) lanes[lane] = from[lane].widened();
    return Floats::load(lanes);
  }

  // The first `count` lanes; the others are zero, and memory past them is not touched.
  [[gnu::always_inline]] static Vector load_first(const S* from, int count) {
    [[maybe_unused]] constexpr bool upper = std::is_same_v<S, BFloat16>;
#if defined(__AVX512F__)
    if constexpr (width == 16) {
      const __m256i bits = _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), from);
      if constexpr (upper) return Vector(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)));
      else return Vector(_mm512_cvtph_ps(bits));
    }
#endif
#if defined(__AVX2__) && defined(__F16C__)
    if constexpr (width == 8) {
      std::uint64_t low = 0, high = 0;  // a load of both behind narrower stores would wait for those
      if (count >= 4) __builtin_memcpy(&low, from, 8);
      std::uint64_t& last = count >= 4 ? high : low;
      const S* const rest = from + count / 4 * 4;
      if (count % 4 == 1) last = rest[0].bits;
      else if (count % 4 == 2) last = rest[0].bits | std::uint64_t{rest[1].bits} << 16;
      else if (count % 4 == 3) last = rest[0].bits | std::uint64_t{rest[1].bits} << 16 | std::uint64_t{rest[2].bits} << 32;
      const __m128i bits = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
      if constexpr (upper) return Vector(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)));
      else return Vector(_mm256_cvtph_ps(bits));
    }
#endif
    alignas(64) S lanes[width] = {};
    for (int lane = 0; lane < count; ++lane) lanes[lane] = from[lane];
    return load(lanes);
  }
};

// Registers of floats rounded to halves, as S::rounded() does.
template <class Arch, class S>
struct Rounded {
  using Floats = Ops<Arch, float>;
  using Vector = typename Floats::Vector;
  static constexpr int width = Floats::width;

  [[gnu::always_inline]] static void store(S* to, Vector value) {
#if defined(__AVX512F__)
    if constexpr (width == 16) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), halves(value));
      return;
    }
#endif
    store_first(to, value, width);
  }

  [[gnu::always_inline]] static void store_first(S* to, Vector value, int count) {
#if defined(__AVX512F__)
    if constexpr (width == 16) {
      _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << count) - 1), halves(value));
      return;
    }
#endif
    alignas(64) float lanes[width];
    Floats::store(lanes, value);
    for (int lane = 0; lane < count; ++lane) to[lane] = S::rounded(lanes[lane]);
  }

#if defined(__AVX512F__)
 private:
  [[gnu::always_inline]] static __m256i halves(__m512 value) {
    if constexpr (std::is_same_v<S, BFloat16>) {
      const __m512i all = _mm512_castps_si512(value), upper = _mm512_srli_epi32(all, 16);
      const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(all, _mm512_set1_epi32(0x7FFF)), _mm512_and_si512(upper, _mm512_set1_epi32(1))), 16);
      const __mmask16 nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
      return _mm512_cvtepi32_epi16(_mm512_mask_or_epi32(rounded, nan, upper, _mm512_set1_epi32(0x40)));
    } else {
      return _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
  }
#endif
};

}  // namespace einc::kernels::simd
