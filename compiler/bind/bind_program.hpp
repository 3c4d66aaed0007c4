// bind_program.hpp: where a program and arrays meet: named labels get extents, nodes become values, faults become Errors.
// Knows names, shapes and strides; no machine and no order of contraction.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include <einc/options.hpp>

#include "bind/bind.hpp"
#include "ir/program.hpp"

namespace einc::bind {

// One operand an input, in order. Extents come from the operands, from what the program fixes, and from views, slices and
// concatenations of labels known; every label is numbered in the order of the program. Values no output needs are left out.
// Outputs are dense and row-major unless strides are given for all of them.
// Throws Error: operand_count, rank_mismatch, extent_mismatch, bad_shape, bad_program, too_large, unsupported_dtype.
Bound bind_program(const ir::Program& program, std::span<const Layout> operands, const Options& options,
                   std::span<const Strides> result_strides = {});

}  // namespace einc::bind
