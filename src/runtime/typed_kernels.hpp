// typed_kernels.hpp: the kernels of one element type out of a table.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/kernel_table.hpp"

namespace einc::runtime {

template <class T>
const kernels::VectorKernels<T>& vector_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<T, float>) return table.vector_f32;
  else return table.vector_f64;
}

template <class T>
const kernels::ContractKernels<T>& contract_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<T, float>) return table.contract_f32;
  else return table.contract_f64;
}

template <class T>
const kernels::MapKernels<T>& map_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<T, float>) return table.map_f32;
  else return table.map_f64;
}

}  // namespace einc::runtime
