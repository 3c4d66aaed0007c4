// element_lists.hpp: the element types as lists, for cases that hold for each of them, and small whole numbers as their elements.
#pragma once

#include <complex>
#include <cstdint>
#include <initializer_list>
#include <tuple>

#include <einc/tensor_view.hpp>

#include "support/fill.hpp"

namespace einc::testing {

using RealElements = std::tuple<float, double>;
using HalfElements = std::tuple<bfloat16, float16>;
using ComplexElements = std::tuple<std::complex<float>, std::complex<double>>;
using IntegerElements = std::tuple<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using FloatElements = std::tuple<float, double, bfloat16, float16, std::complex<float>, std::complex<double>>;
using AllElements = std::tuple<float, double, bfloat16, float16, std::complex<float>, std::complex<double>, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                               std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, bool>;

// A whole number as an element; a negative one wraps around where there are none.
template <class T>
T element(std::int64_t number) {
  if constexpr (std::is_same_v<T, bool>) return number != 0;
  else if constexpr (is_complex_number<T>) return T(static_cast<typename T::value_type>(number));
  else if constexpr (std::is_integral_v<T> || std::is_floating_point_v<T>) return static_cast<T>(number);
  else return T(static_cast<float>(number));
}

template <class T>
Array<T> array_of(Shape extents, std::initializer_list<std::int64_t> numbers) {
  Array<T> made(std::move(extents));
  std::size_t n = 0;
  for (std::int64_t number : numbers) made[n++] = element<T>(number);
  return made;
}

// An array of one number.
template <class T>
Array<T> filled(Shape extents, T value) {
  Array<T> made(std::move(extents));
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = value;
  return made;
}

template <class T>
ArrayRef ref_of(const Array<T>& array, bool conjugated = false) {
  return {array.data(), dtype_of<T>, array.extents(), array.strides(), conjugated};
}

// Calls body with a C++ value of the type of a DType.
template <class Body>
decltype(auto) with_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::f32: return body(float{});
    case DType::f64: return body(double{});
    case DType::bf16: return body(bfloat16{});
    case DType::f16: return body(float16{});
    case DType::c64: return body(std::complex<float>{});
    case DType::c128: return body(std::complex<double>{});
    case DType::i8: return body(std::int8_t{});
    case DType::i16: return body(std::int16_t{});
    case DType::i32: return body(std::int32_t{});
    case DType::i64: return body(std::int64_t{});
    case DType::u8: return body(std::uint8_t{});
    case DType::u16: return body(std::uint16_t{});
    case DType::u32: return body(std::uint32_t{});
    case DType::u64: return body(std::uint64_t{});
    case DType::boolean: break;
  }
  return body(bool{});
}

}  // namespace einc::testing
