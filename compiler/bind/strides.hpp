// strides.hpp: strides that callers give, as the compiler may count with them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include <einc/vocabulary.hpp>

namespace einc::bind {

// Strides of labels with at most one position say nothing, and those of an array without elements neither: they become 0, so that
// nobody multiplies them.
Strides meaningful_strides(std::span<const Extent> extents, std::span<const Stride> strides);

// Whether the first and the farthest element of an array lie so far apart that 64 bits cannot count the bytes between, or the
// sums and products of strides that the compiler makes. No memory is that large.
bool reaches_too_far(std::span<const Extent> extents, std::span<const Stride> strides);

}  // namespace einc::bind
