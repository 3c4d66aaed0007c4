// read_element.hpp: one element of an array that may hold narrower floats than the numbers computed with.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"
#include "kernels/elements.hpp"

namespace einc::runtime {

// `array` is where element 0 lies, whatever its type.
template <class T>
T read_element(const ir::BufferRef& ref, const T* array, Stride at) {
  if (!ref.dtype) return array[at];
  const void* const elements = array;
  switch (*ref.dtype) {
    case DType::bf16: return static_cast<T>(static_cast<const kernels::BFloat16*>(elements)[at].widened());
    case DType::f16: return static_cast<T>(static_cast<const kernels::Float16*>(elements)[at].widened());
    default: return static_cast<T>(static_cast<const float*>(elements)[at]);
  }
}

}  // namespace einc::runtime
