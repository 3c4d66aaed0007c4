// simd_integers.hpp: registers of unsigned integers, which wrap around in every width, and of truths.
// The compilers' own vector types do the arithmetic: every instruction set gets what it has, and spells what it lacks.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/elements.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels::simd {

// Loads, stores and moves of a register whose lanes have `Lane` bits and no arithmetic of their own here.
template <class Arch, class Lane>
struct RawOps {
  static constexpr int bytes = static_cast<int>(sizeof(typename xsimd::batch<float, Arch>::register_type));
  static constexpr int width = bytes / static_cast<int>(sizeof(Lane));
  typedef Lane Register __attribute__((vector_size(bytes)));

  [[gnu::always_inline]] static Register load(const void* from) {
    Register value;
    __builtin_memcpy(&value, from, sizeof(value));
    return value;
  }
  [[gnu::always_inline]] static void store(void* to, Register value) { __builtin_memcpy(to, &value, sizeof(value)); }

#if defined(__AVX512BW__)
  [[gnu::always_inline]] static unsigned long long first_bits(int count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }
#endif
  // The first `count` lanes; the others are zero bits, and memory past them is not touched.
  [[gnu::always_inline]] static Register load_first(const void* from, int count) {
#if defined(__AVX512BW__)
    if constexpr (bytes == 64) {
      const unsigned long long bits = first_bits(count);
      if constexpr (sizeof(Lane) == 1) return (Register)_mm512_maskz_loadu_epi8(bits, from);
      else if constexpr (sizeof(Lane) == 2) return (Register)_mm512_maskz_loadu_epi16(static_cast<__mmask32>(bits), from);
      else if constexpr (sizeof(Lane) == 4) return (Register)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(bits), from);
      else return (Register)_mm512_maskz_loadu_epi64(static_cast<__mmask8>(bits), from);
    }
#endif
    Lane lanes[width] = {};
    for (int lane = 0; lane < count && lane < width; ++lane) __builtin_memcpy(lanes + lane, static_cast<const Lane*>(from) + lane, sizeof(Lane));
    return load(lanes);
  }
  [[gnu::always_inline]] static void store_first(void* to, Register value, int count) {
#if defined(__AVX512BW__)
    if constexpr (bytes == 64) {
      const unsigned long long bits = first_bits(count);
      if constexpr (sizeof(Lane) == 1) _mm512_mask_storeu_epi8(to, bits, (__m512i)value);
      else if constexpr (sizeof(Lane) == 2) _mm512_mask_storeu_epi16(to, static_cast<__mmask32>(bits), (__m512i)value);
      else if constexpr (sizeof(Lane) == 4) _mm512_mask_storeu_epi32(to, static_cast<__mmask16>(bits), (__m512i)value);
      else _mm512_mask_storeu_epi64(to, static_cast<__mmask8>(bits), (__m512i)value);
      return;
    }
#endif
    Lane lanes[width];
    store(lanes, value);
    for (int lane = 0; lane < count && lane < width; ++lane) __builtin_memcpy(static_cast<Lane*>(to) + lane, lanes + lane, sizeof(Lane));
  }

  // Around the caches; `to` is aligned to the register.
  [[gnu::always_inline]] static void stream(void* to, Register value) {
    auto* const numbers = static_cast<float*>(to);
    Ops<Arch, float>::stream(numbers, Ops<Arch, float>::load(reinterpret_cast<const float*>(&value)));
  }

  // Of 32 and 64 bits in the registers, which hold no square of narrower ones: those are turned 16 bytes by 16 first, as many
  // rows at a time as that takes, and then quads of 128 bits change places. In squares of one element after the other a
  // transpose of 8-bit elements was six times as slow (Emerald Rapids, AVX-512, 2026-11).
  template <class Vector>
  [[gnu::always_inline]] static void transpose(Vector (&rows)[width]) {
    if constexpr (sizeof(Lane) == 4) turn<float>(rows);
    else if constexpr (sizeof(Lane) == 8) turn<double>(rows);
    else {
      for (int row = 0; row < width; row += quad) turn_quads(rows + row);
      if constexpr (width > quad)
        for (int row = 0; row < quad; ++row) exchange_quads(rows + row);
    }
  }

 private:
  static constexpr int quad = 16 / static_cast<int>(sizeof(Lane));  // lanes in 128 bits

  template <class Vector>
  [[gnu::always_inline]] static void turn_quads(Vector* rows) {
    Register held[quad];
#pragma GCC unroll 16
    for (int i = 0; i < quad; ++i) held[i] = rows[i].raw;
    // Row i meets row i + quad / 2: each step turns the bits of (row, lane) by one place.
#pragma GCC unroll 4
    for (int step = 1; step < quad; step *= 2) {
      Register next[quad];
#pragma GCC unroll 8
      for (int i = 0; i < quad / 2; ++i) {
        next[2 * i] = interleave<0>(held[i], held[i + quad / 2], std::make_index_sequence<width>{});
        next[2 * i + 1] = interleave<quad / 2>(held[i], held[i + quad / 2], std::make_index_sequence<width>{});
      }
#pragma GCC unroll 16
      for (int i = 0; i < quad; ++i) held[i] = next[i];
    }
#pragma GCC unroll 16
    for (int i = 0; i < quad; ++i) rows[i].raw = held[i];
  }
  template <int first, std::size_t... lanes>
  [[gnu::always_inline]] static Register interleave(Register x, Register y, std::index_sequence<lanes...>) {
    return __builtin_shufflevector(x, y, pick(static_cast<int>(lanes), first)...);
  }
  static constexpr int pick(int lane, int first) { return lane / quad * quad + first + lane % quad / 2 + lane % 2 * width; }

  // rows[j * quad] and so on, `quad` apart.
  template <class Vector>
  [[gnu::always_inline]] static void exchange_quads(Vector* rows) {
    using Doubles = Ops<Arch, double>;
    typename Doubles::Vector held[Doubles::quads];
#pragma GCC unroll 4
    for (int i = 0; i < Doubles::quads; ++i) held[i] = Doubles::load(reinterpret_cast<const double*>(&rows[i * quad].raw));
    Doubles::transpose_quads(held);
#pragma GCC unroll 4
    for (int i = 0; i < Doubles::quads; ++i) Doubles::store(reinterpret_cast<double*>(&rows[i * quad].raw), held[i]);
  }

  template <class R, class Vector>
  [[gnu::always_inline]] static void turn(Vector (&rows)[width]) {
    using Floats = Ops<Arch, R>;
    typename Floats::Vector held[width];
#pragma GCC unroll 16
    for (int row = 0; row < width; ++row) held[row] = Floats::load(reinterpret_cast<const R*>(&rows[row].raw));
    Floats::transpose(held);
#pragma GCC unroll 16
    for (int row = 0; row < width; ++row) Floats::store(reinterpret_cast<R*>(&rows[row].raw), held[row]);
  }
};

// What integers and truths share; Vector has a Register `raw`, a + and a *.
template <class Arch, class T, class Lane, class OwnVector>
struct LaneOps {
  using Raw = RawOps<Arch, Lane>;
  using Vector = OwnVector;
  using Register = typename Raw::Register;
  static constexpr int width = Raw::width;

  [[gnu::always_inline]] static Vector load(const T* from) { return {Raw::load(from)}; }
  [[gnu::always_inline]] static void store(T* to, Vector value) { Raw::store(to, value.raw); }
  [[gnu::always_inline]] static Vector load_first(const T* from, int count) { return {Raw::load_first(from, count)}; }
  [[gnu::always_inline]] static void store_first(T* to, Vector value, int count) { Raw::store_first(to, value.raw, count); }
  [[gnu::always_inline]] static void stream(T* to, Vector value) { Raw::stream(to, value.raw); }
  [[gnu::always_inline]] static void fence() { Ops<Arch, float>::fence(); }
  [[gnu::always_inline]] static void prefetch(const T* address) { __builtin_prefetch(address, 0, 3); }
  [[gnu::always_inline]] static void prefetch_far(const T* address) { __builtin_prefetch(address, 0, 2); }
  [[gnu::always_inline]] static void prefetch_write(const T* address) { __builtin_prefetch(address, 1, 3); }
  [[gnu::always_inline]] static Vector fma(Vector x, Vector y, Vector z) { return x * y + z; }
  [[gnu::always_inline]] static void transpose(Vector (&rows)[width]) { Raw::transpose(rows); }
  [[gnu::always_inline]] static T sum(Vector value) {
    T lanes[width];
    store(lanes, value);
    for (int half = width / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) lanes[lane] = static_cast<T>(lanes[lane] + lanes[lane + half]);
    return lanes[0];
  }
};

template <class Arch, class T>
struct IntegerVector {
  typename RawOps<Arch, T>::Register raw;
  [[gnu::always_inline]] friend IntegerVector operator+(IntegerVector x, IntegerVector y) { return {x.raw + y.raw}; }
  [[gnu::always_inline]] friend IntegerVector operator-(IntegerVector x, IntegerVector y) { return {x.raw - y.raw}; }
  [[gnu::always_inline]] friend IntegerVector operator*(IntegerVector x, IntegerVector y) { return {x.raw * y.raw}; }
};

template <class Arch, class T>
  requires std::is_integral_v<T>
struct Ops<Arch, T> : LaneOps<Arch, T, T, IntegerVector<Arch, T>> {
  using Vector = IntegerVector<Arch, T>;
  using typename LaneOps<Arch, T, T, Vector>::Register;
  [[gnu::always_inline]] static Vector zero() { return {Register{}}; }
  [[gnu::always_inline]] static Vector broadcast(T value) { return {Register{} + value}; }
};

template <class Arch>
struct BooleanVector {
  typename RawOps<Arch, std::uint8_t>::Register raw;
  [[gnu::always_inline]] friend BooleanVector operator+(BooleanVector x, BooleanVector y) { return {x.raw | y.raw}; }
  [[gnu::always_inline]] friend BooleanVector operator*(BooleanVector x, BooleanVector y) { return {x.raw & y.raw}; }
};

template <class Arch>
struct Ops<Arch, Boolean> : LaneOps<Arch, Boolean, std::uint8_t, BooleanVector<Arch>> {
  using Vector = BooleanVector<Arch>;
  using typename LaneOps<Arch, Boolean, std::uint8_t, Vector>::Register;
  [[gnu::always_inline]] static Vector zero() { return {Register{}}; }
  [[gnu::always_inline]] static Vector broadcast(Boolean value) { return {Register{} + value.bits}; }
};

}  // namespace einc::kernels::simd
