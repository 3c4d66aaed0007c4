// dense.hpp: arrays whose elements stand in row-major order, one behind the other.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include <einc/tensor_view.hpp>

namespace einc::tasks {

inline std::size_t dense_bytes(DType dtype, std::span<const Extent> extents) {
  std::size_t bytes = bytes_of(dtype);
  for (const Extent extent : extents) bytes *= static_cast<std::size_t>(extent);
  return bytes;
}

inline bool is_row_major(std::span<const Extent> extents, std::span<const Stride> strides) {
  const Strides dense = row_major(extents);
  for (std::size_t label = 0; label < dense.size(); ++label)
    if (extents[label] > 1 && strides[label] != dense[label]) return false;
  return true;
}

}  // namespace einc::tasks
