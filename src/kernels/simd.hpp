// simd.hpp: the one header around xsimd: what every kernel may ask of a vector register, alike for xsimd 8.1 to 14.
// Knows registers and lanes; no loops over data, no tiles.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <xsimd/xsimd.hpp>

#if XSIMD_VERSION_MAJOR < 8 || (XSIMD_VERSION_MAJOR == 8 && XSIMD_VERSION_MINOR < 1)
#error "einc needs xsimd 8.1 or newer"
#endif

namespace einc::kernels::simd {

// The operations on one register of T for one architecture. Static members, because free functions named like xsimd's
// would be ambiguous through argument-dependent lookup. The native branches exist where xsimd 8.1 has no (or a slow)
// spelling: fused multiply-add on AVX-512, masks, non-temporal stores, transposes.
template <class Arch, class T>
struct Ops {
  using Vector = xsimd::batch<T, Arch>;
  using Register = typename Vector::register_type;
  static constexpr int width = static_cast<int>(Vector::size);

  [[gnu::always_inline]] static Vector zero() { return Vector(T(0)); }
  [[gnu::always_inline]] static Vector broadcast(T value) { return Vector(value); }
  [[gnu::always_inline]] static Vector load(const T* from) { return Vector::load_unaligned(from); }
  [[gnu::always_inline]] static void store(T* to, Vector value) { value.store_unaligned(to); }

  // A store that goes around the caches; `to` must be aligned to the register. Call fence() before another thread reads.
  [[gnu::always_inline]] static void stream(T* to, Vector value) {
    [[maybe_unused]] const Register raw = value;
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      if constexpr (sizeof(T) == 4) _mm512_stream_ps(to, raw);
      else _mm512_stream_pd(to, raw);
      return;
    }
#endif
#if defined(__AVX__)
    if constexpr (sizeof(Register) == 32) {
      if constexpr (sizeof(T) == 4) _mm256_stream_ps(to, raw);
      else _mm256_stream_pd(to, raw);
      return;
    }
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(Register) == 16) {
      if constexpr (sizeof(T) == 4) _mm_stream_ps(to, raw);
      else _mm_stream_pd(to, raw);
      return;
    }
#endif
    value.store_unaligned(to);
  }

  [[gnu::always_inline]] static void fence() {
#if defined(__SSE2__)
    _mm_sfence();
#endif
  }

  // Into the first-level cache, the second, or the first for writing. Any address is allowed.
  [[gnu::always_inline]] static void prefetch(const T* address) { __builtin_prefetch(address, 0, 3); }
  [[gnu::always_inline]] static void prefetch_far(const T* address) { __builtin_prefetch(address, 0, 2); }
  [[gnu::always_inline]] static void prefetch_write(const T* address) { __builtin_prefetch(address, 1, 3); }

  // x * y + z, rounded once where the architecture can.
  [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      if constexpr (sizeof(T) == 4) return _mm512_fmadd_ps(x, y, z);
      else return _mm512_fmadd_pd(x, y, z);
    }
#endif
    return xsimd::fma(x, y, z);
  }

  [[gnu::always_inline]] static Vector max(Vector x, Vector y) { return xsimd::max(x, y); }
  [[gnu::always_inline]] static Vector min(Vector x, Vector y) { return xsimd::min(x, y); }

  // The first `count` lanes, 0 <= count <= width; the others are zero, and memory past them is not touched.
  [[gnu::always_inline]] static Vector load_first(const T* from, int count) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      if constexpr (sizeof(T) == 4) return _mm512_maskz_loadu_ps(first_bits(count), from);
      else return _mm512_maskz_loadu_pd(first_bits(count), from);
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(Register) == 32) {
      if constexpr (sizeof(T) == 4) return _mm256_maskload_ps(from, first_lanes(count));
      else return _mm256_maskload_pd(from, first_lanes(count));
    }
#endif
    alignas(64) T lanes[width] = {};
    for (int lane = 0; lane < count; ++lane) lanes[lane] = from[lane];
    return Vector::load_aligned(lanes);
  }

  [[gnu::always_inline]] static void store_first(T* to, Vector value, int count) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(to, first_bits(count), value);
      else _mm512_mask_storeu_pd(to, first_bits(count), value);
      return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(Register) == 32) {
      if constexpr (sizeof(T) == 4) _mm256_maskstore_ps(to, first_lanes(count), value);
      else _mm256_maskstore_pd(to, first_lanes(count), value);
      return;
    }
#endif
    alignas(64) T lanes[width];
    value.store_aligned(lanes);
    for (int lane = 0; lane < count; ++lane) to[lane] = lanes[lane];
  }

  // Lanes from `first` up to `last`, of a register that would lie at `from` or `to`; memory of other lanes is not touched.
  [[gnu::always_inline]] static Vector load_between(const T* from, int first, int last) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      const auto mask = bits_between(first, last);
      if constexpr (sizeof(T) == 4) return _mm512_maskz_loadu_ps(mask, from);
      else return _mm512_maskz_loadu_pd(mask, from);
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(Register) == 32) {
      const __m256i mask = lanes_between(first, last);
      if constexpr (sizeof(T) == 4) return _mm256_maskload_ps(from, mask);
      else return _mm256_maskload_pd(from, mask);
    }
#endif
    alignas(64) T lanes[width] = {};
    for (int lane = first; lane < last; ++lane) lanes[lane] = from[lane];
    return Vector::load_aligned(lanes);
  }
  [[gnu::always_inline]] static void store_between(T* to, Vector value, int first, int last) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      const auto mask = bits_between(first, last);
      if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(to, mask, value);
      else _mm512_mask_storeu_pd(to, mask, value);
      return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(Register) == 32) {
      const __m256i mask = lanes_between(first, last);
      if constexpr (sizeof(T) == 4) _mm256_maskstore_ps(to, mask, value);
      else _mm256_maskstore_pd(to, mask, value);
      return;
    }
#endif
    alignas(64) T lanes[width];
    value.store_aligned(lanes);
    for (int lane = first; lane < last; ++lane) to[lane] = lanes[lane];
  }

  // The first half of the lanes to `low`, the second to `high`.
  [[gnu::always_inline]] static void store_halves(T* low, T* high, Vector value) {
#if defined(__AVX512F__)
    if constexpr (sizeof(Register) == 64) {
      if constexpr (sizeof(T) == 4) _mm256_storeu_ps(low, _mm512_castps512_ps256(value)), _mm256_storeu_ps(high, _mm512_extractf32x8_ps(value, 1));
      else _mm256_storeu_pd(low, _mm512_castpd512_pd256(value)), _mm256_storeu_pd(high, _mm512_extractf64x4_pd(value, 1));
      return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(Register) == 32) {
      if constexpr (sizeof(T) == 4) _mm_storeu_ps(low, _mm256_castps256_ps128(value)), _mm_storeu_ps(high, _mm256_extractf128_ps(value, 1));
      else _mm_storeu_pd(low, _mm256_castpd256_pd128(value)), _mm_storeu_pd(high, _mm256_extractf128_pd(value, 1));
      return;
    }
#endif
    alignas(64) T lanes[width];
    value.store_aligned(lanes);
    for (int lane = 0; lane < width / 2; ++lane) low[lane] = lanes[lane], high[lane] = lanes[width / 2 + lane];
  }

  // The sum of all lanes, always by the same tree: upper half onto lower half until one lane is left.
  [[gnu::always_inline]] static T sum(Vector value) {
    return fold(value, [](T x, T y) { return x + y; });
  }
  [[gnu::always_inline]] static T highest(Vector value) {
    return fold(value, [](T x, T y) { return x < y ? y : x; });
  }
  [[gnu::always_inline]] static T lowest(Vector value) {
    return fold(value, [](T x, T y) { return y < x ? y : x; });
  }

  // Lanes in the opposite order.
  [[gnu::always_inline]] static Vector reverse(Vector value) {
    return permute(value, value, [](int lane) { return width - 1 - lane; });
  }

  // rows[i][j] becomes rows[j][i], for a square of width x width, inside the registers. A butterfly: 2 * log2(width)
  // shuffles for every two rows, each one instruction (unpack and shuffle in a 128-bit lane, then whole lanes).
  [[gnu::always_inline]] static void transpose(Vector (&rows)[width]) {
    transpose_steps(rows, std::make_index_sequence<width / 2>{});
  }

  // The same for squares whose elements are 128 bits: quads.
  static constexpr int quads = width * static_cast<int>(sizeof(T)) / 16;
  [[gnu::always_inline]] static void transpose_quads(Vector (&rows)[quads]) {
    if constexpr (quads >= 2) exchange_quads<1>(rows);
    if constexpr (quads >= 4) exchange_quads<2>(rows);
  }

  // Lane i of the result is lane pick(i) of x and y taken as one vector of 2 * width lanes; pick must be constexpr.
  template <class Pick>
  [[gnu::always_inline]] static Vector permute(Vector x, Vector y, Pick pick) {
    return permute_lanes(x, y, pick, std::make_index_sequence<width>{});
  }

 private:
  template <class Pick, std::size_t... lanes>
  [[gnu::always_inline]] static Vector permute_lanes(Vector x, Vector y, Pick, std::index_sequence<lanes...>) {
    constexpr Pick pick{};
    return Register(__builtin_shufflevector(Register(x), Register(y), pick(static_cast<int>(lanes))...));
  }

  static constexpr int quad = 16 / static_cast<int>(sizeof(T));  // lanes in 128 bits

  // Partner rows lie `distance` apart; lanes whose bit `distance` is set are exchanged between them.
  template <int distance>
  struct Low {
    constexpr int operator()(int lane) const {
      if constexpr (distance == 1) {  // interleave the lower halves of each 128 bits: unpacklo
        const int base = lane / quad * quad, inside = lane % quad;
        return base + inside / 2 + (inside % 2) * width;
      } else if constexpr (distance < quad) {  // first pairs of x, then of y, in each 128 bits
        const int base = lane / quad * quad, inside = lane % quad;
        return base + (inside < 2 ? inside : inside - 2 + width);
      } else {
        return (lane & distance) == 0 ? lane : lane - distance + width;
      }
    }
  };
  template <int distance>
  struct High {
    constexpr int operator()(int lane) const {
      if constexpr (distance < quad) return Low<distance>{}(lane) + (quad / 2);
      else return (lane & distance) == 0 ? lane + distance : lane + width;
    }
  };

  template <int distance, std::size_t pair>
  [[gnu::always_inline]] static void exchange(Vector (&rows)[width]) {
    constexpr int first = static_cast<int>(pair) / distance * (2 * distance) + static_cast<int>(pair) % distance;
    const Vector x = rows[first], y = rows[first + distance];
    rows[first] = permute(x, y, Low<distance>{});
    rows[first + distance] = permute(x, y, High<distance>{});
  }
  template <std::size_t... pairs>
  [[gnu::always_inline]] static void transpose_steps(Vector (&rows)[width], std::index_sequence<pairs...>) {
    if constexpr (width >= 2) (exchange<1, pairs>(rows), ...);
    if constexpr (width >= 4) (exchange<2, pairs>(rows), ...);
    if constexpr (quad == 4) {  // the unpacks left rows 1 and 2 of each four in each other's place
      for (int base = 0; base < width; base += 4) {
        const Vector held = rows[base + 1];
        rows[base + 1] = rows[base + 2];
        rows[base + 2] = held;
      }
    }
    if constexpr (width >= 8) (exchange<4, pairs>(rows), ...);
    if constexpr (width >= 16) (exchange<8, pairs>(rows), ...);
  }

  template <int distance>
  [[gnu::always_inline]] static void exchange_quads(Vector (&rows)[quads]) {
#pragma GCC unroll 4
    for (int row = 0; row < quads; ++row) {
      if ((row & distance) != 0) continue;
      const Vector x = rows[row], y = rows[row + distance];
      rows[row] = permute(x, y, Low<distance * quad>{});
      rows[row + distance] = permute(x, y, High<distance * quad>{});
    }
  }

  template <class Combine>
  [[gnu::always_inline]] static T fold(Vector value, Combine combine) {
    alignas(64) T lanes[width];
    value.store_aligned(lanes);
#pragma GCC unroll 8
    for (int half = width / 2; half > 0; half /= 2)
#pragma GCC unroll 8
      for (int lane = 0; lane < half; ++lane) lanes[lane] = combine(lanes[lane], lanes[lane + half]);
    return lanes[0];
  }

#if defined(__AVX512F__)
  [[gnu::always_inline]] static auto first_bits(int count) {
    using Mask = std::conditional_t<sizeof(T) == 4, __mmask16, __mmask8>;
    return static_cast<Mask>((1u << count) - 1u);
  }
  [[gnu::always_inline]] static auto bits_between(int first, int last) { return static_cast<decltype(first_bits(0))>(first_bits(last) & ~first_bits(first)); }
#endif
#if defined(__AVX2__)
  [[gnu::always_inline]] static __m256i first_lanes(int count) {
    if constexpr (sizeof(T) == 4)
      return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    else
      return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  [[gnu::always_inline]] static __m256i lanes_between(int first, int last) { return _mm256_andnot_si256(first_lanes(first), first_lanes(last)); }
#endif
};

}  // namespace einc::kernels::simd
