// memory_order.hpp: how a result lies in memory under numpy's argument `order`.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

#include <einc/subscripts.hpp>

#include "python/arrays.hpp"

namespace einc::python {

// The places of the result, outermost first; none when it is row-major.
struct MemoryOrder {
  int places[64];
  std::size_t count = 0;
  std::span<const int> outermost_first() const { return {places, count}; }
};

// 'C' row-major, 'F' column-major, 'A' column-major when all operands are (and not row-major too), 'K' as near to the operands as numpy's
// iterator comes: https://numpy.org/doc/stable/reference/c-api/iterator.html, NPY_KEEPORDER. Subscripts are those of the text, and fit the operands.
MemoryOrder memory_order(NPY_ORDER order, std::string_view text, const Subscripts& subscripts, const Operands& operands, std::span<const Extent> extents);

// Whether a text only gives other labels to one operand's memory, so that numpy returns a view: nothing summed, no label twice in the result.
bool is_view(const Subscripts& subscripts);

}  // namespace einc::python
