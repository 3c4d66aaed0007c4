// programs.hpp: what tests of programs share: binding to dense shapes, computing, and the Error a mistake gives.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <einc/program.hpp>
#include <einc/tensor_view.hpp>

#include "bind/bind_program.hpp"
#include "ir/program_access.hpp"
#include "support/interpret.hpp"

namespace einc::test {

inline einc::bind::Bound bound_of(const einc::Program& program, const std::vector<einc::Shape>& shapes, einc::Options options = {.dtype = einc::DType::f64}) {
  std::vector<einc::Strides> strides;
  std::vector<einc::bind::Layout> layouts;
  for (const einc::Shape& shape : shapes) strides.push_back(einc::row_major(shape));
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i], options.dtype});
  return einc::bind::bind_program(*einc::ProgramAccess::program(program), layouts, options);
}

inline std::vector<std::vector<double>> computed(const einc::Program& program, const std::vector<einc::Shape>& shapes, const std::vector<std::vector<double>>& operands) {
  const einc::bind::Bound bound = bound_of(program, shapes);
  einc::ir::verify(bound.expression);
  return einc::testing::interpret(bound.expression, operands);
}

// The same of a program text with one output.
inline std::vector<double> computed(const std::string& text, const std::vector<einc::Shape>& shapes, const std::vector<std::vector<double>>& operands) {
  return computed(einc::Program::parse(text), shapes, operands).at(0);
}

inline std::vector<double> counting(std::size_t count) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<double>(i);
  return numbers;
}

// The Error an action throws; code none when it throws none.
template <class Action>
einc::Error error_of(const Action& action) {
  try {
    action();
  } catch (const einc::Error& error) {
    return error;
  }
  return {einc::ErrorCode::none, "nothing was thrown"};
}
template <class Action>
std::string sentence_of(const Action& action) {
  return error_of(action).sentence();
}

}  // namespace einc::test
