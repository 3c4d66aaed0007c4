// digest.hpp: numbers that tell arrays and texts apart: 64 bits by XXH3, at the speed of memory. Against accidents, not against malice.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <einc/tensor_view.hpp>

namespace einc::tasks {

std::uint64_t digest(std::span<const std::byte> bytes);
std::uint64_t digest(std::string_view text);
std::uint64_t digest(std::span<const std::span<const std::byte>> parts);  // one behind the other: as of one whole

// Of shapes, types and elements in row-major order, whatever their strides.
std::uint64_t digest(std::span<const ArrayRef> operands);

}  // namespace einc::tasks
