// gather_index.hpp: numbers of an index as positions of a table.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "runtime/read_element.hpp"

namespace einc::runtime {

// The index as a whole number; -1 where it names no position.
template <class T>
Extent index_of(T value, Extent extent) {
  if (!(value >= T(0) && value < static_cast<T>(extent))) return -1;  // a NaN, too, fails the comparison
  const auto index = static_cast<Extent>(value);
  return index < extent ? index : -1;
}

// Where positions along a streamed loop lie, from position `begin` of all on: see ir::Paged.
template <class T>
struct Pages {
  const ir::Paged& paged;
  const T* index;    // of the first block of all
  Extent begin, end;  // positions: of this tile the first, and how many there are

  static constexpr Stride nowhere = std::numeric_limits<Stride>::min();

  // Elements from the array's first to a position; nowhere: it is in no block, or past the end.
  Stride at(Extent position) const {
    if (position >= end) return nowhere;
    const Extent block = index_of(read_element(paged.index, index, position / paged.block * paged.entry), paged.blocks);
    return block < 0 ? nowhere : block * paged.stride + position % paged.block * paged.slot;
  }
};

}  // namespace einc::runtime
