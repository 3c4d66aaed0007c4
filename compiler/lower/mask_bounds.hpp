// mask_bounds: the comparisons of positions a mask is made of, as limits of every row.
// "less_equal(k, q)": of row q all k up to q; "logical_and" of several: all of them
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"

namespace einc::lower {

// `visible` over inputs whose last stride is the one along the streamed loop. Empty where it is anything else.
std::vector<ir::MaskBound> mask_bounds(const ir::ScalarCode& visible, const std::vector<ir::MapInput>& inputs);

}  // namespace einc::lower
