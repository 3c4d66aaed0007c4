// bind.hpp: where text and arrays meet: Subscripts and shapes become an Expression, or an Error that shows both.
// Knows names, shapes and strides; no machine and no order of contraction.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <einc/options.hpp>
#include <einc/subscripts.hpp>

#include "bind/strides.hpp"
#include "ir/expression.hpp"

namespace einc::bind {

// An operand without its data.
struct Layout {
  std::span<const Extent> extents;
  std::span<const Stride> strides;
  DType dtype = DType::f32;
  bool conjugated = false;
};

// The type of the result of operands of these types. Throws Error (unsupported_dtype, bad_option).
DType result_dtype(std::span<const DType> operands, const Options& options);

struct Bound {
  ir::Expression expression;
  DType dtype = DType::f32;                 // of the outputs
  std::vector<Shape> shapes;                // of the outputs
  std::vector<std::string> names;           // how to write each label of the expression: "i", "[batch]", "...0"
  std::vector<std::string> input_names;     // of a program
  std::vector<std::string> output_names;
  std::vector<std::string> unused;          // inputs no output needs
};

// Gives every label one extent and every operand its place. The result is dense and row-major, or has the strides given
// for it (then as many as the result has labels).
// Throws Error: operand_count, rank_mismatch, extent_mismatch, ellipsis_dropped, repeated_output_label, too_large.
Bound bind(std::string_view text, const Subscripts& subscripts, std::span<const Layout> operands, const Options& options,
           const Strides* result_strides = nullptr);

}  // namespace einc::bind
