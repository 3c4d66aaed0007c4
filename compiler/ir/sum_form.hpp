// sum_form.hpp: which way a sum, or a matrix times a vector, goes through memory, and where the loops for it are.
// What lower says of it, what predict counts and what the runtime does.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/executable.hpp"

namespace einc::ir {

enum class SumForm : std::uint8_t {
  across,    // terms of one sum are neighbours in memory: vectors run along the sum
  down,      // terms of neighbouring sums are: vectors run along the results
  in_order,  // matrices whose rows lie between those of others: all of them at once, as memory has them
  any,       // neither: element by element
};

// Of a dot product, a matrix times a vector, or a sum over one array.
SumForm sum_form(const Instruction& instruction);

// How a reader is told.
std::string_view text_of(SumForm form);

// Whether vectors can run along a loop over summed positions, or over results; `product`: of two arrays.
bool sums_across(const Loop& loop, bool product);
bool sums_down(const Loop& loop, bool product);

// Which loops of a matrix times a vector are what when all matrices are read in order: a[..., key, head, feature]. Either keys are summed or features.
struct SumsInOrder {
  std::size_t heads, keys, features;  // indices of loops; all others are around them
  bool across;                        // features are summed
};
std::optional<SumsInOrder> sums_in_order(const Instruction& instruction);

// Results of a block of sums have room for so many bytes.
constexpr std::int64_t sum_block_bytes = 8192;

}  // namespace einc::ir
