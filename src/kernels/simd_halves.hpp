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
    alignas(64) S lanes[width] = {};
    for (int lane = 0; lane < count; ++lane) lanes[lane] = from[lane];
    return load(lanes);
  }
};

}  // namespace einc::kernels::simd
