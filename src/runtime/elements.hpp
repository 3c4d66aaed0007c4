// elements.hpp: from the type and the algebra of an instruction to the element type of its kernels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ir/arithmetic.hpp"
#include "kernels/elements.hpp"

// Instantiates a driver for every element type, and for those that contractions have tiles of.
#define EINC_FOR_EACH_TILED(apply)                                                                                    \
  apply(float) apply(double) apply(std::uint8_t) apply(std::uint16_t) apply(std::uint32_t) apply(std::uint64_t)       \
  apply(kernels::Boolean) apply(kernels::MaxPlus<float>) apply(kernels::MaxPlus<double>) apply(kernels::MinPlus<float>) \
  apply(kernels::MinPlus<double>) apply(kernels::LogSumExp<float>) apply(kernels::LogSumExp<double>)
#define EINC_FOR_EACH_ELEMENT(apply) EINC_FOR_EACH_TILED(apply) apply(kernels::Complex<float>) apply(kernels::Complex<double>)

namespace einc::runtime {

template <class T>
inline constexpr bool is_plain_float = std::is_floating_point_v<T>;
template <class T>
inline constexpr bool is_complex_element = std::is_same_v<T, kernels::Complex<float>> || std::is_same_v<T, kernels::Complex<double>>;

// A scalar of a call or of the compiler as an element. Integers wrap around.
template <class T>
constexpr T element_of_number(double number) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(number >= 0x1p63 ? static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
  else return T(number);
}

// The kernels of complex numbers know two of the parts of one; a contraction works on parts alone.
template <class T>
struct Of {
  using type = T;
};

// Calls body(Of<T>) with the element type of an instruction. Custom semirings are maps of floats.
template <class Body>
decltype(auto) with_element(ir::NumberKind kind, Body&& body) {
  const bool wide = kind.dtype == DType::f64;
  switch (kind.algebra) {
    case Algebra::max_plus: return wide ? body(Of<kernels::MaxPlus<double>>{}) : body(Of<kernels::MaxPlus<float>>{});
    case Algebra::min_plus: return wide ? body(Of<kernels::MinPlus<double>>{}) : body(Of<kernels::MinPlus<float>>{});
    case Algebra::log_sum_exp: return wide ? body(Of<kernels::LogSumExp<double>>{}) : body(Of<kernels::LogSumExp<float>>{});
    default: break;
  }
  switch (kind.dtype) {
    case DType::f64: return body(Of<double>{});
    case DType::c64: return body(Of<kernels::Complex<float>>{});
    case DType::c128: return body(Of<kernels::Complex<double>>{});
    case DType::i8:
    case DType::u8: return body(Of<std::uint8_t>{});
    case DType::i16:
    case DType::u16: return body(Of<std::uint16_t>{});
    case DType::i32:
    case DType::u32: return body(Of<std::uint32_t>{});
    case DType::i64:
    case DType::u64: return body(Of<std::uint64_t>{});
    case DType::boolean: return body(Of<kernels::Boolean>{});
    default: return body(Of<float>{});
  }
}

}  // namespace einc::runtime
