// overlap.hpp: whether two strided arrays share an element, and whether one array has two names for one element.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
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

// The bytes an array reaches: [low, high). Two arrays whose ranges are disjoint share nothing; nearly every call needs to know
// no more, so this much is inline.
struct ByteRange {
  std::int64_t low, high;
};
inline ByteRange range_of(const StridedBytes& x) {
  const auto address = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(x.data));
  ByteRange range{address, address + x.element_bytes};
  for (std::size_t i = 0; i < x.extents.size(); ++i) {
    const std::int64_t reach = x.strides[i] * x.element_bytes * (x.extents[i] - 1);
    (reach < 0 ? range.low : range.high) += reach;
  }
  return range;
}
inline bool disjoint(const ByteRange& x, const ByteRange& y) { return x.high <= y.low || y.high <= x.low; }

// Whether each label, from the last, steps over exactly what the labels behind it hold: row-major without gaps.
inline bool is_dense(const StridedBytes& x) {
  Stride next = 1;
  for (std::size_t i = x.extents.size(); i-- > 0;) {
    if (x.extents[i] != 1 && x.strides[i] != next) return false;
    next *= x.extents[i];
  }
  return true;
}

// Exact for all but contrived strides: the search is bounded, and what it cannot settle counts as overlapping.
// The question is a bounded linear Diophantine equation, as in numpy's may_share_memory.
bool overlaps(const StridedBytes& x, const StridedBytes& y);

// Whether two different indices of the array name one element (an extent above 1 with stride 0, for example).
bool overlaps_itself(const StridedBytes& x);

}  // namespace einc::api
