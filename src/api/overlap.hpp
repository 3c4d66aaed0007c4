// overlap.hpp: whether two strided arrays share an element, and whether one array has two names for one element.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include <einc/vocabulary.hpp>

namespace einc::api {

struct StridedBytes {
  const void* data;
  std::int64_t element_bytes;
  std::span<const Extent> extents;
  std::span<const Stride> strides;  // in elements
};

// Exact for all but contrived strides: the search is bounded, and what it cannot settle counts as overlapping.
// The question is a bounded linear Diophantine equation, as in numpy's may_share_memory.
bool overlaps(const StridedBytes& x, const StridedBytes& y);

// Whether two different indices of the array name one element (an extent above 1 with stride 0, for example).
bool overlaps_itself(const StridedBytes& x);

}  // namespace einc::api
