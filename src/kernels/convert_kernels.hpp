// convert_kernels.hpp: runs of elements taken into the numbers that are computed with, and rounded back.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace einc::kernels {

// Element types as they lie in memory, in the order of the compiler's.
enum class Storage : std::uint8_t { f32, f64, bf16, f16, c64, c128, i8, i16, i32, i64, u8, u16, u32, u64, boolean };
inline constexpr int storage_count = 15;

template <class T>
struct ConvertKernels {
  // Strides count elements of the array that is not of T.
  using From = void (*)(const void* from, std::ptrdiff_t stride, T* to, std::ptrdiff_t length);
  using To = void (*)(const T* from, void* to, std::ptrdiff_t stride, std::ptrdiff_t length);
  From from[storage_count];  // null where T cannot hold all numbers of that type
  To to[storage_count];      // null but for the halves that floats are rounded to
};

}  // namespace einc::kernels
