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

// The type of an array's elements. Names and meanings are numpy's where numpy has the type; bf16 is the upper half of an f32.
enum class DType : std::uint8_t { f32, f64, bf16, f16, c64, c128, i8, i16, i32, i64, u8, u16, u32, u64, boolean };
inline constexpr std::size_t dtype_count = 15;

constexpr bool is_half(DType dtype) { return dtype == DType::bf16 || dtype == DType::f16; }
constexpr bool is_float(DType dtype) { return dtype <= DType::f16; }
constexpr bool is_complex(DType dtype) { return dtype == DType::c64 || dtype == DType::c128; }
constexpr bool is_signed_integer(DType dtype) { return dtype >= DType::i8 && dtype <= DType::i64; }
constexpr bool is_unsigned_integer(DType dtype) { return dtype >= DType::u8 && dtype <= DType::u64; }
constexpr bool is_integer(DType dtype) { return dtype >= DType::i8 && dtype <= DType::u64; }

constexpr std::size_t bytes_of(DType dtype) {
  constexpr std::uint8_t bytes[dtype_count] = {4, 8, 2, 2, 8, 16, 1, 2, 4, 8, 1, 2, 4, 8, 1};
  return bytes[static_cast<std::size_t>(dtype)];
}
constexpr std::string_view name_of(DType dtype) {
  constexpr std::string_view names[dtype_count] = {"f32", "f64", "bf16", "f16", "c64", "c128", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"};
  return names[static_cast<std::size_t>(dtype)];
}

}  // namespace einc
