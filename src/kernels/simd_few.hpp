// simd_few.hpp: registers out of keys that are read once: the widest load their elements allow, and a few neighbours again and again.
// Knows registers; no loops over data.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/simd.hpp"
#include "kernels/simd_halves.hpp"

namespace einc::kernels::simd {

// One load of keys, as registers of T. Those of bf16 are two: what lies at even places, then what lies at odd ones. Each takes one
// instruction then, where widening neighbours takes two.
template <class Arch, class T, class B>
struct Unit {
  using Floats = Ops<Arch, T>;
  using Vector = typename Floats::Vector;
  static constexpr int width = Floats::width;
#if defined(__AVX2__)
  static constexpr int vectors = std::is_same_v<B, BFloat16> && (width == 16 || width == 8) ? 2 : 1;
#else
  static constexpr int vectors = 1;
#endif
  static constexpr int size = vectors * width;  // features

  [[gnu::always_inline]] static void load(const B* from, Vector (&to)[vectors]) {
    if constexpr (vectors == 1) {
      to[0] = Read<Arch, T, B>::load(from);
    } else {
#if defined(__AVX512F__)
      if constexpr (width == 16) {
        const __m512i bits = _mm512_loadu_si512(from);
        to[0] = Vector(_mm512_castsi512_ps(_mm512_slli_epi32(bits, 16)));
        to[1] = Vector(_mm512_castsi512_ps(_mm512_and_si512(bits, _mm512_set1_epi32(static_cast<int>(0xFFFF0000u)))));
      }
#endif
#if defined(__AVX2__)
      if constexpr (width == 8) {
        const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        to[0] = Vector(_mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)));
        to[1] = Vector(_mm256_castsi256_ps(_mm256_and_si256(bits, _mm256_set1_epi32(static_cast<int>(0xFFFF0000u)))));
      }
#endif
    }
  }
  // The first `count` features; the others are zero, and memory past them is not touched.
  [[gnu::always_inline]] static void load_first(const B* from, int count, Vector (&to)[vectors]) {
    if constexpr (vectors == 1) {
      to[0] = Read<Arch, T, B>::load_first(from, count);
    } else {
      alignas(64) B features[size] = {};
      for (int i = 0; i < count; ++i) features[i] = from[i];
      load(features, to);
    }
  }

  // Two registers of a unit as they lie in memory.
  [[gnu::always_inline]] static void in_order(Vector& first, Vector& second) {
    struct Low {
      constexpr int operator()(int lane) const { return lane / 2 + lane % 2 * width; }
    };
    struct High {
      constexpr int operator()(int lane) const { return Low{}(lane) + width / 2; }
    };
    const Vector low = Floats::permute(first, second, Low{}), high = Floats::permute(first, second, High{});
    first = low, second = high;
  }
  // And the other way.
  [[gnu::always_inline]] static void apart(Vector& first, Vector& second) {
    struct Even {
      constexpr int operator()(int lane) const { return 2 * lane; }
    };
    struct Odd {
      constexpr int operator()(int lane) const { return 2 * lane + 1; }
    };
    const Vector even = Floats::permute(first, second, Even{}), odd = Floats::permute(first, second, Odd{});
    first = even, second = odd;
  }
};

// The same `count` neighbours in all of a register. A load alone: no port that multiplies has a part in it.
template <class Arch, class T, int count>
[[gnu::always_inline]] inline typename Ops<Arch, T>::Vector repeated(const T* from) {
  using O = Ops<Arch, T>;
  using Vector = typename O::Vector;
  if constexpr (count == 1) {
    return O::broadcast(*from);
  } else if constexpr (count == O::width) {
    return O::load(from);
  } else {
#if defined(__AVX512F__)
    if constexpr (O::width == 16 && count == 4 && sizeof(T) == 4) return Vector(_mm512_broadcast_f32x4(_mm_loadu_ps(from)));
    if constexpr (O::width == 8 && count == 2 && sizeof(T) == 8) return Vector(_mm512_castps_pd(_mm512_broadcast_f32x4(_mm_castpd_ps(_mm_loadu_pd(from)))));
#endif
#if defined(__AVX2__)
    if constexpr (O::width == 8 && count == 2 && sizeof(T) == 4) {
      double both;
      __builtin_memcpy(&both, from, sizeof both);
      return Vector(_mm256_castpd_ps(_mm256_set1_pd(both)));
    }
#endif
    alignas(64) T lanes[O::width];
    for (int lane = 0; lane < O::width; ++lane) lanes[lane] = from[lane % count];
    return Vector::load_aligned(lanes);
  }
}

// Registers of [row][part] for count * parts keys each become registers of [row][key]: the parts of a row are added up, in a tree,
// and `parts` keys lie beside each other then. Every step makes one register of two.
template <class Ops, int parts, int count>
[[gnu::always_inline]] inline void sum_parts(typename Ops::Vector (&sums)[count]) {
  const auto step = [&]<int keys>() __attribute__((always_inline)) {  // of a register, so far
    if constexpr (keys < parts) {
      struct Low {
        constexpr int operator()(int lane) const {
          const int inside = lane % parts, key = inside % (2 * keys), part = inside / (2 * keys);
          return lane - inside + part * keys + key % keys + (key < keys ? 0 : Ops::width);
        }
      };
      struct High {
        constexpr int operator()(int lane) const { return Low{}(lane) + parts / 2; }
      };
#pragma GCC unroll 16
      for (int i = 0; i + 1 < count / keys; i += 2) sums[i / 2] = Ops::permute(sums[i], sums[i + 1], Low{}) + Ops::permute(sums[i], sums[i + 1], High{});
    }
  };
  step.template operator()<1>();
  step.template operator()<2>();
  step.template operator()<4>();
}

}  // namespace einc::kernels::simd
