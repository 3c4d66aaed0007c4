// bound.hpp: an expression straight from text and shapes, for tests of the passes behind bind.
#pragma once

#include <string_view>
#include <vector>

#include <einc/tensor_view.hpp>

#include "bind/bind.hpp"
#include "parse/parse.hpp"

namespace einc::test {

// Dense row-major operands, or operands of the strides given.
inline bind::Bound bound(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {},
                         std::vector<Strides> strides = {}) {
  for (std::size_t i = strides.size(); i < shapes.size(); ++i) strides.push_back(row_major(shapes[i]));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i], options.dtype});
  return bind::bind(text, parse::parse(text), layouts, options);
}

inline ir::Expression expression(std::string_view text, const std::vector<Shape>& shapes, std::vector<Strides> strides = {}) {
  return bound(text, shapes, {}, std::move(strides)).expression;
}

}  // namespace einc::test
