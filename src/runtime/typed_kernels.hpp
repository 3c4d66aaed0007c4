// typed_kernels.hpp: the kernels of one element type out of a table.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once
#include <type_traits>
#include "kernels/kernel_table.hpp"
namespace einc::runtime {
template <class T>
const kernels::ArithmeticKernels<T>& arithmetic_kernels(const kernels::KernelTable& t) {
  using namespace kernels;
  if constexpr (std::is_same_v<T, std::uint8_t>) return t.integers->u8;
  else if constexpr (std::is_same_v<T, std::uint16_t>) return t.integers->u16;
  else if constexpr (std::is_same_v<T, std::uint32_t>) return t.integers->u32;
  else if constexpr (std::is_same_v<T, std::uint64_t>) return t.integers->u64;
  else if constexpr (std::is_same_v<T, Boolean>) return t.integers->boolean;
  else if constexpr (std::is_same_v<T, Complex<float>>) return t.complex->c64;
  else if constexpr (std::is_same_v<T, Complex<double>>) return t.complex->c128;
  else if constexpr (std::is_same_v<T, MaxPlus<float>>) return t.semirings->max_plus_f32;
  else if constexpr (std::is_same_v<T, MaxPlus<double>>) return t.semirings->max_plus_f64;
  else if constexpr (std::is_same_v<T, MinPlus<float>>) return t.semirings->min_plus_f32;
  else if constexpr (std::is_same_v<T, MinPlus<double>>) return t.semirings->min_plus_f64;
  else if constexpr (std::is_same_v<T, LogSumExp<float>>) return t.semirings->log_sum_exp_f32;
  else return t.semirings->log_sum_exp_f64;
}
#define EINC_PICK(name) template <class T> const auto& name##_kernels(const kernels::KernelTable& table) { \
  if constexpr (std::is_same_v<T, float>) return table.name##_f32; else if constexpr (std::is_same_v<T, double>) return table.name##_f64; else return arithmetic_kernels<T>(table).name; }
EINC_PICK(vector)
EINC_PICK(contract)
EINC_PICK(map)
EINC_PICK(convert)
#undef EINC_PICK
template <class T>
const auto& few_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<T, float>) return table.few_f32;
  else return table.few_f64;
}
template <class T>
const auto& pair_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<T, float>) return table.complex->pairs_f32;
  else return table.complex->pairs_f64;
}
}  // namespace einc::runtime
