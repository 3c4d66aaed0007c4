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

// The strides live beside the spans that name them.
struct DenseLayouts {
  std::vector<Strides> strides;
  std::vector<bind::Layout> layouts;
  explicit DenseLayouts(const std::vector<Shape>& shapes) {
    strides.reserve(shapes.size());
    for (const Shape& shape : shapes) {
      strides.push_back(row_major(shape));
      layouts.push_back({shape, strides.back()});
    }
  }
};

// What print_after() of einsum.hpp and program.hpp give. Throws Error (bad_option) when no pass has that name.
std::string print_passes(std::string_view pass, const compiler::Request& request, const Options& options);

}  // namespace einc::api
