// vocabulary.hpp: the few words every layer shares: element types, extents, strides. Knows no arrays and no text.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace einc {

using Extent = std::int64_t;  // number of positions along a label
using Stride = std::int64_t;  // distance between neighbours along a label, in elements; may be negative or zero
using Label = std::uint32_t;  // a label inside the compiler: its index in a table of extents

using Shape = std::vector<Extent>;
using Strides = std::vector<Stride>;

// The type of an array's elements. bf16 is what a program may round to; arrays of it are not computed with yet.
enum class DType : std::uint8_t { f32, f64, bf16 };

constexpr std::size_t bytes_of(DType dtype) { return dtype == DType::f32 ? 4 : dtype == DType::f64 ? 8 : 2; }
constexpr std::string_view name_of(DType dtype) { return dtype == DType::f32 ? "f32" : dtype == DType::f64 ? "f64" : "bf16"; }

// dtype_of<T>: the DType of a C++ element type; only defined for the types einc computes with.
template <class T>
inline constexpr bool is_element = false;
template <>
inline constexpr bool is_element<float> = true;
template <>
inline constexpr bool is_element<double> = true;

template <class T>
  requires is_element<T>
inline constexpr DType dtype_of = sizeof(T) == 4 ? DType::f32 : DType::f64;

}  // namespace einc
