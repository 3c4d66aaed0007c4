// dense_layouts.hpp: row-major layouts of shapes, and what a compilation prints on its way: shared by texts and programs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <einc/options.hpp>
#include <einc/tensor_view.hpp>

#include "pipeline.hpp"

namespace einc::api {

// Throws Error (bad_option) when an option that speaks of every operand speaks of another number of them.
void check_counts(std::size_t operands, const Options& options);

// Whether an operand is taken conjugated: by the call, or by the options, but not by both.
inline bool is_conjugated(const Options& options, std::size_t operand, bool by_call) {
  return by_call != (!options.conjugate.empty() && options.conjugate[operand]);
}

// The strides live beside the spans that name them.
struct DenseLayouts {
  std::vector<Strides> strides;
  std::vector<bind::Layout> layouts;
  DenseLayouts(const std::vector<Shape>& shapes, const Options& options) {
    check_counts(shapes.size(), options);
    strides.reserve(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      strides.push_back(row_major(shapes[i]));
      layouts.push_back({shapes[i], strides.back(), options.dtypes.empty() ? options.dtype : options.dtypes[i], is_conjugated(options, i, false)});
    }
  }
};

// What print_after() of einsum.hpp and program.hpp give. Throws Error (bad_option) when no pass has that name.
std::string print_passes(std::string_view pass, const compiler::Request& request, const Options& options);

}  // namespace einc::api
