// compiled.hpp: an einsum or a program compiled for the test machine, down to its executable.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <vector>

#include <einc/program.hpp>
#include <einc/tensor_view.hpp>

#include "ir/program_access.hpp"
#include "pipeline.hpp"
#include "support/networks.hpp"

namespace einc::testing {

// Row-major operands.
inline compiler::Compilation compiled(std::string_view text, const std::vector<Shape>& shapes, const ir::Target& target = test_target(), DType dtype = DType::f32) {
  std::vector<Strides> strides;
  for (const Shape& shape : shapes) strides.push_back(row_major(shape));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i], dtype});
  Options options;
  options.dtype = dtype;
  if (text.find('\n') == std::string_view::npos) return compiler::compile({text, layouts}, options, target);
  const Program program = Program::parse(std::string(text));
  return compiler::compile({text, layouts, {}, ProgramAccess::program(program).get()}, options, target);
}

inline double predicted(std::string_view text, const std::vector<Shape>& shapes, const ir::Target& target = test_target(), DType dtype = DType::f32) {
  return compiled(text, shapes, target, dtype).predicted.seconds();
}

}  // namespace einc::testing
