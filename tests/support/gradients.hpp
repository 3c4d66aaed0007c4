// gradients.hpp: what tests of gradients share: a gradient program held against differences of the program itself, in f64.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <einc/gradients.hpp>

#include "support/programs.hpp"

namespace einc::test {

inline std::size_t elements_of(const Shape& shape) {
  std::size_t count = 1;
  for (const Extent extent : shape) count *= static_cast<std::size_t>(extent);
  return count;
}

// Numbers without ties and not close to the points where pointwise functions have no derivative.
inline std::vector<double> scattered(const Shape& shape, unsigned seed) {
  std::vector<double> numbers(elements_of(shape));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::sin(1.7 * static_cast<double>(i) + 0.9 * seed + 0.3) * 1.5 + 0.01;
  return numbers;
}

struct Differences {
  std::vector<std::vector<double>> operands;   // of the program
  std::vector<double> direction;               // the gradient of the output
  std::vector<std::vector<double>> expected;   // of each input: slopes of sum(output * direction)
};

inline Differences differences(const Program& program, const std::vector<Shape>& shapes, std::vector<std::vector<double>> operands, double step = 1e-5) {
  Differences result;
  const std::vector<double> at = computed(program, shapes, operands).at(0);
  for (std::size_t i = 0; i < at.size(); ++i) result.direction.push_back(std::cos(static_cast<double>(i) + 0.4));
  const auto loss = [&] {
    const std::vector<double> out = computed(program, shapes, operands).at(0);
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] * result.direction[i];
    return sum;
  };
  for (std::vector<double>& operand : operands) {
    std::vector<double>& slopes = result.expected.emplace_back();
    for (double& number : operand) {
      const double before = number;
      number = before + step;
      const double above = loss();
      number = before - step;
      const double below = loss();
      number = before;
      slopes.push_back((above - below) / (2 * step));
    }
  }
  result.operands = std::move(operands);
  return result;
}

// What a program text with one output claims, at scattered numbers. Empty when every gradient is the limit of the differences.
inline std::string gradient_fault(const Program& program, const std::vector<Shape>& shapes, std::vector<std::vector<double>> operands = {}, double tolerance = 1e-7) {
  if (operands.empty())
    for (std::size_t i = 0; i < shapes.size(); ++i) operands.push_back(scattered(shapes[i], static_cast<unsigned>(i)));
  const Differences d = differences(program, shapes, std::move(operands));
  const Program gradients = grad(program, program.outputs().at(0));
  std::vector<Shape> all = shapes;
  std::vector<std::vector<double>> given = d.operands;
  if (gradients.inputs().size() > program.inputs().size()) {
    all.push_back({});
    const bind::Bound bound = bound_of(program, shapes);
    all.back() = bound.shapes.at(0);
    given.push_back(d.direction);
  }
  const std::vector<std::vector<double>> got = computed(gradients, all, given);
  const double seed = gradients.inputs().size() > program.inputs().size() ? 1 : d.direction.at(0);
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i].size() != d.expected[i].size()) return "input " + std::to_string(i) + ": another number of elements\n" + gradients.text();
    for (std::size_t n = 0; n < got[i].size(); ++n)
      if (!(std::abs(got[i][n] * seed - d.expected[i][n]) <= tolerance * (1 + std::abs(d.expected[i][n]))))
        return "input " + std::to_string(i) + " element " + std::to_string(n) + ": " + std::to_string(got[i][n] * seed) + " instead of " +
               std::to_string(d.expected[i][n]) + "\n" + gradients.text();
  }
  return {};
}
inline std::string gradient_fault(const std::string& text, const std::vector<Shape>& shapes) { return gradient_fault(Program::parse(text), shapes); }

}  // namespace einc::test
