// constants.hpp: the arrays of constant operands: kept by a compiled expression, and put among those of every call.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <einc/options.hpp>
#include <einc/tensor_view.hpp>

#include "api/workspace.hpp"

namespace einc::api {

// A row-major copy, which outlives the caller's array. What the caller took conjugated has been conjugated.
struct KeptArray {
  std::uint32_t operand = 0;
  DType dtype = DType::f32;
  Shape extents;
  Strides strides;
  Block memory;

  ArrayRef ref() const { return {memory.memory.get(), dtype, extents, strides}; }
};

// Copies an array, on the kernels and threads that the options name. Throws std::bad_alloc.
KeptArray keep(std::uint32_t operand, const ArrayRef& array, const Options& options);

// All operands of a call, where `given` lacks those that are kept (ascending): the former in the places that are left.
std::vector<ArrayRef> put_among(std::span<const KeptArray> kept, std::span<const ArrayRef> given);

}  // namespace einc::api
