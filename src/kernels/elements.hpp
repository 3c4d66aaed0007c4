// elements.hpp: the numbers kernels compute with, besides floats and unsigned integers: each a plain struct that lies in memory
// like the array it comes from, with a + and a *. T(0) is the neutral element of +, T(1) that of *. And halves, which are only read
// and written.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace einc::kernels {

template <class R>
struct Complex {
  R re, im;

  Complex() = default;
  constexpr explicit Complex(int real) : re(static_cast<R>(real)), im(0) {}
  constexpr explicit Complex(double real) : re(static_cast<R>(real)), im(0) {}
  constexpr Complex(R real, R imaginary) : re(real), im(imaginary) {}
  friend constexpr Complex operator+(Complex x, Complex y) { return {x.re + y.re, x.im + y.im}; }
  friend constexpr Complex operator*(Complex x, Complex y) { return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }
  constexpr Complex& operator+=(Complex y) { return *this = *this + y; }
  bool operator==(const Complex&) const = default;
};

// Truths as numpy keeps them: one byte, 0 or 1. Any other byte is true where it is read alone, and garbage in a product.
struct Boolean {
  std::uint8_t bits;

  Boolean() = default;
  constexpr explicit Boolean(int truth) : bits(truth != 0) {}
  constexpr explicit Boolean(double truth) : bits(truth != 0) {}
  friend constexpr Boolean operator+(Boolean x, Boolean y) { return Boolean(x.bits | y.bits); }
  friend constexpr Boolean operator*(Boolean x, Boolean y) { return Boolean(x.bits & y.bits); }
  constexpr Boolean& operator+=(Boolean y) { return *this = *this + y; }
  bool operator==(const Boolean&) const = default;
};

// The upper half of an f32.
struct BFloat16 {
  std::uint16_t bits;
  [[gnu::always_inline]] float widened() const { return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16); }
  // To nearest, ties to even; a NaN stays one.
  [[gnu::always_inline]] static BFloat16 rounded(float value) {
    const auto all = __builtin_bit_cast(std::uint32_t, value);
    const std::uint32_t upper = (all + 0x7FFFu + ((all >> 16) & 1u)) >> 16, nan = (all >> 16) | 0x40u;
    return {static_cast<std::uint16_t>((all & 0x7FFFFFFFu) > 0x7F800000u ? nan : upper)};
  }
};

struct Float16 {
  std::uint16_t bits;
  [[gnu::always_inline]] float widened() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, size = bits & 0x7FFFu;
    // Exponents are moved by a product, which makes normal numbers of the smallest; infinity and NaN keep all exponent bits.
    const float scaled = __builtin_bit_cast(float, size << 13) * 0x1p112f;
    const std::uint32_t special = size >= 0x7C00u ? 0x7F800000u : 0u;
    return __builtin_bit_cast(float, __builtin_bit_cast(std::uint32_t, scaled) | special | sign);
  }
  [[gnu::always_inline]] static Float16 rounded(float value) {
    const auto all = __builtin_bit_cast(std::uint32_t, value);
    const std::uint32_t sign = (all >> 16) & 0x8000u, size = all & 0x7FFFFFFFu;
    const std::uint32_t normal = (size - 0x38000000u + 0xFFFu + ((size >> 13) & 1u)) >> 13;
    // Adding 0.5 leaves the bits of a number below 2^-14 where a half has them, rounded.
    const std::uint32_t small = __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, size) + 0.5f) - 0x3F000000u;
    const std::uint32_t nan = 0x7E00u | ((size >> 13) & 0x3FFu);
    const std::uint32_t half = size > 0x7F800000u ? nan : size >= 0x477FF000u ? 0x7C00u : size >= 0x38800000u ? normal : small;
    return {static_cast<std::uint16_t>(half | sign)};
  }
};

// The tropical semirings: + is the larger or the smaller, * the sum. A NaN among the terms gives a NaN or is passed over.
template <class R>
struct MaxPlus {
  R value;

  MaxPlus() = default;
  constexpr explicit MaxPlus(int number) : value(number == 0 ? -std::numeric_limits<R>::infinity() : R(0)) {}
  constexpr explicit MaxPlus(double number) : MaxPlus(number == 0 ? 0 : 1) {}
  friend constexpr MaxPlus operator+(MaxPlus x, MaxPlus y) { return x.value < y.value ? y : x; }
  friend constexpr MaxPlus operator*(MaxPlus x, MaxPlus y) {
    x.value += y.value;
    return x;
  }
  constexpr MaxPlus& operator+=(MaxPlus y) { return *this = *this + y; }
  bool operator==(const MaxPlus&) const = default;
};

template <class R>
struct MinPlus {
  R value;

  MinPlus() = default;
  constexpr explicit MinPlus(int number) : value(number == 0 ? std::numeric_limits<R>::infinity() : R(0)) {}
  constexpr explicit MinPlus(double number) : MinPlus(number == 0 ? 0 : 1) {}
  friend constexpr MinPlus operator+(MinPlus x, MinPlus y) { return y.value < x.value ? y : x; }
  friend constexpr MinPlus operator*(MinPlus x, MinPlus y) {
    x.value += y.value;
    return x;
  }
  constexpr MinPlus& operator+=(MinPlus y) { return *this = *this + y; }
  bool operator==(const MinPlus&) const = default;
};

// Numbers given by their logarithms: + is log(exp x + exp y), as the larger of the two plus log(1 + exp(-distance)).
template <class R>
struct LogSumExp {
  R value;

  LogSumExp() = default;
  constexpr explicit LogSumExp(int number) : value(number == 0 ? -std::numeric_limits<R>::infinity() : R(0)) {}
  constexpr explicit LogSumExp(double number) : LogSumExp(number == 0 ? 0 : 1) {}
  friend LogSumExp operator+(LogSumExp x, LogSumExp y) {
    const R distance = x.value == y.value ? R(0) : std::fabs(x.value - y.value);  // of two infinities there is none
    x.value = (x.value < y.value ? y.value : x.value) + std::log1p(std::exp(-distance));
    return x;
  }
  friend constexpr LogSumExp operator*(LogSumExp x, LogSumExp y) {
    x.value += y.value;
    return x;
  }
  LogSumExp& operator+=(LogSumExp y) { return *this = *this + y; }
  bool operator==(const LogSumExp&) const = default;
};

// x * y and x + y of single elements. Narrow integers would become signed ones on the way, and a product of them undefined.
template <class T>
constexpr T times(T x, T y) {
  if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(y));
  else return x * y;
}
template <class T>
constexpr T plus(T x, T y) {
  return static_cast<T>(x + y);
}

}  // namespace einc::kernels
