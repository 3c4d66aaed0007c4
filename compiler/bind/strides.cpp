// SPDX-License-Identifier: BSD-3-Clause
#include "bind/strides.hpp"

#include <algorithm>
#include <cmath>

namespace einc::bind {

Strides meaningful_strides(std::span<const Extent> extents, std::span<const Stride> strides) {
  Strides result(strides.begin(), strides.end());
  const bool empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  for (std::size_t i = 0; i < result.size(); ++i)
    if (empty || extents[i] < 2) result[i] = 0;
  return result;
}

bool reaches_too_far(std::span<const Extent> extents, std::span<const Stride> strides) {
  constexpr double most_elements = 0x1p57;  // of 16 bytes, twice: 2^62
  double reach = 0;
  if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return false;
  for (std::size_t i = 0; i < extents.size(); ++i) reach += std::fabs(static_cast<double>(strides[i])) * static_cast<double>(extents[i] - 1);
  return reach > most_elements;
}

}  // namespace einc::bind
