// contraction_order.hpp: the order of a plan as other libraries write it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline.hpp"

namespace einc::api {

// Which operands meet, one entry a contraction: places in the list of what is left, ascending; they leave it, and the result goes to its
// end. What no contraction of the plan takes, such as an operand that is a factor, meets in the last entry. Of one operand: {{0}}.
// The form of numpy.einsum_path and opt_einsum (https://numpy.org/doc/stable/reference/generated/numpy.einsum_path.html).
std::vector<std::vector<std::uint32_t>> contraction_order(const compiler::Compilation& compilation);

}  // namespace einc::api
