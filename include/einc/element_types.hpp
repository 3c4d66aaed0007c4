// element_types.hpp: which C++ types are elements, which element type a mixed call computes in, and which is wide enough to sum in.
//
// Operands of several types meet in the smallest type that holds the values of all of them, as numpy's result_type says:
//   bool < u8 < u16 < u32 < u64, bool < i8 < i16 < i32 < i64, f16 < f32 < f64, c64 < c128
//   signed with unsigned: the signed type with more bits (i8 with u8 is i16); i64 with u64 is f64
//   8-bit integers with f16 are f16, 16-bit ones with f16 or f32 are f32, wider ones with any float are f64
//   a float with a complex: complex of the wider one
// bf16, which numpy has not: with f16 it is f32, otherwise it stands where f16 stands.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <complex>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <einc/vocabulary.hpp>

namespace einc {

// Half-precision numbers as they lie in memory. Arithmetic on them is f32's: they convert, exactly, and are rounded once
// (to nearest, ties to even) on the way back.
class bfloat16 {
 public:
  bfloat16() = default;
  constexpr explicit bfloat16(float value) : bits_(rounded(value)) {}
  constexpr operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16); }
  constexpr std::uint16_t bits() const { return bits_; }
  static constexpr bfloat16 from_bits(std::uint16_t bits) {
    bfloat16 result(0.f);
    result.bits_ = bits;
    return result;
  }

 private:
  static constexpr std::uint16_t rounded(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);  // a NaN stays one
    return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
  }
  std::uint16_t bits_;
};

class float16 {
 public:
  float16() = default;
  constexpr explicit float16(float value) : bits_(rounded(value)) {}
  constexpr operator float() const { return widened(bits_); }
  constexpr std::uint16_t bits() const { return bits_; }
  static constexpr float16 from_bits(std::uint16_t bits) {
    float16 result(0.f);
    result.bits_ = bits;
    return result;
  }

 private:
  static constexpr std::uint16_t rounded(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u, size = bits & 0x7FFFFFFFu;
    if (size > 0x7F800000u) return static_cast<std::uint16_t>(sign | 0x7E00u | ((size >> 13) & 0x3FFu));
    if (size >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);  // from 65520 on: infinity
    if (size >= 0x38800000u)                                                     // from 2^-14 on: a normal number
      return static_cast<std::uint16_t>(sign | ((size - 0x38000000u + 0xFFFu + ((size >> 13) & 1u)) >> 13));
    if (size < 0x33000000u) return static_cast<std::uint16_t>(sign);  // below 2^-25: zero
    const std::uint32_t shift = 126u - (size >> 23), fraction = (size & 0x7FFFFFu) | 0x800000u;
    const std::uint32_t kept = fraction >> shift, rest = fraction & ((1u << shift) - 1u), half = 1u << (shift - 1u);
    return static_cast<std::uint16_t>(sign | (kept + ((rest > half || (rest == half && (kept & 1u) != 0)) ? 1u : 0u)));
  }
  static constexpr float widened(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000u) << 16, exponent = (half >> 10) & 0x1Fu, fraction = half & 0x3FFu;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
    if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (fraction << 13));
    const float size = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -size : size;
  }
  std::uint16_t bits_;
};
static_assert(sizeof(bfloat16) == 2 && sizeof(float16) == 2 && sizeof(bool) == 1);

namespace detail {
template <class T>
constexpr int dtype_number() {  // -1: no element
  if constexpr (std::is_same_v<T, bool>) return static_cast<int>(DType::boolean);
  else if constexpr (std::is_same_v<T, float>) return static_cast<int>(DType::f32);
  else if constexpr (std::is_same_v<T, double>) return static_cast<int>(DType::f64);
  else if constexpr (std::is_same_v<T, bfloat16>) return static_cast<int>(DType::bf16);
  else if constexpr (std::is_same_v<T, float16>) return static_cast<int>(DType::f16);
  else if constexpr (std::is_same_v<T, std::complex<float>>) return static_cast<int>(DType::c64);
  else if constexpr (std::is_same_v<T, std::complex<double>>) return static_cast<int>(DType::c128);
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
                     !std::is_same_v<T, char32_t>)
    return static_cast<int>(std::is_signed_v<T> ? DType::i8 : DType::u8) + std::countr_zero(sizeof(T));
  else return -1;
}
}  // namespace detail

// The C++ types that arrays may hold, and the DType of each. Integers count by their bits, whatever they are called.
template <class T>
inline constexpr bool is_element = detail::dtype_number<T>() >= 0;
template <class T>
  requires is_element<T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_number<T>());

namespace detail {
template <DType dtype>
auto element_for() {
  if constexpr (dtype == DType::f32) return float{};
  else if constexpr (dtype == DType::f64) return double{};
  else if constexpr (dtype == DType::bf16) return bfloat16{};
  else if constexpr (dtype == DType::f16) return float16{};
  else if constexpr (dtype == DType::c64) return std::complex<float>{};
  else if constexpr (dtype == DType::c128) return std::complex<double>{};
  else if constexpr (dtype == DType::i8) return std::int8_t{};
  else if constexpr (dtype == DType::i16) return std::int16_t{};
  else if constexpr (dtype == DType::i32) return std::int32_t{};
  else if constexpr (dtype == DType::i64) return std::int64_t{};
  else if constexpr (dtype == DType::u8) return std::uint8_t{};
  else if constexpr (dtype == DType::u16) return std::uint16_t{};
  else if constexpr (dtype == DType::u32) return std::uint32_t{};
  else if constexpr (dtype == DType::u64) return std::uint64_t{};
  else return bool{};
}
}  // namespace detail

// The C++ type of a DType.
template <DType dtype>
using element_of = decltype(detail::element_for<dtype>());

// The type in which operands of two types meet: the table at the top of this file.
constexpr DType promoted(DType x, DType y) {
  if (x == y) return x;
  if (x > y) {
    const DType held = x;
    x = y, y = held;
  }
  if (y == DType::boolean) return x;
  const auto bits = [](DType dtype) { return 8 * bytes_of(dtype); };
  // The float that holds an integer, or the float itself; what a complex type is made of.
  const auto as_float = [&](DType dtype) {
    if (is_complex(dtype)) return dtype == DType::c64 ? DType::f32 : DType::f64;
    if (!is_integer(dtype)) return dtype;
    return bits(dtype) == 8 ? DType::f16 : bits(dtype) == 16 ? DType::f32 : DType::f64;
  };
  if (is_integer(x)) {  // then y is one too
    if (is_signed_integer(x) == is_signed_integer(y)) return y;
    if (bits(x) > bits(y)) return x;
    return bits(y) == 64 ? DType::f64 : static_cast<DType>(static_cast<std::uint8_t>(DType::i8) + (bits(y) == 8 ? 1 : bits(y) == 16 ? 2 : 3));
  }
  if (is_half(x) && is_integer(y) && bits(y) == 8) return x;
  const DType fx = as_float(x), fy = as_float(y);
  const bool wide = fx == DType::f64 || fy == DType::f64;
  if (is_complex(x) || is_complex(y)) return wide ? DType::c128 : DType::c64;
  return wide ? DType::f64 : DType::f32;
}

// The type in which any number of types meet. Floats meet first, then each integer meets what they came to, so that the order of the
// types does not matter: u16, i8 and f32 meet in f32.
constexpr DType promoted(std::span<const DType> dtypes) {
  const auto whole = [](DType dtype) { return is_integer(dtype) || dtype == DType::boolean; };
  DType met = DType::boolean;  // gives way to everything
  for (const DType dtype : dtypes)
    if (!whole(dtype)) met = promoted(met, dtype);
  for (const DType dtype : dtypes)
    if (whole(dtype)) met = promoted(met, dtype);
  return met;
}

// The type that sums of a type are wide in: 64 bits of integers and truths, f64 of f32, f32 of halves, c128 of c64.
constexpr DType wide(DType dtype) {
  if (is_signed_integer(dtype) || dtype == DType::boolean) return DType::i64;
  if (is_unsigned_integer(dtype)) return DType::u64;
  if (is_half(dtype)) return DType::f32;
  return is_complex(dtype) ? DType::c128 : DType::f64;
}

// The type that numbers of a type are computed in, through all steps: f32 for halves, otherwise the type itself.
constexpr DType computed_in(DType dtype) { return is_half(dtype) ? DType::f32 : dtype; }

// "f32" and numpy's "float32"; `found` tells whether there is such a type.
constexpr DType dtype_named(std::string_view name, bool& found) {
  constexpr std::string_view long_names[dtype_count] = {"float32", "float64", "bfloat16", "float16", "complex64", "complex128", "int8",  "int16",
                                                        "int32",   "int64",   "uint8",    "uint16",  "uint32",    "uint64",     "boolean"};
  found = true;
  for (std::size_t i = 0; i < dtype_count; ++i)
    if (name == name_of(static_cast<DType>(i)) || name == long_names[i]) return static_cast<DType>(i);
  found = false;
  return DType::f32;
}

}  // namespace einc
