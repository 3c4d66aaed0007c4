// kept_meaning.hpp: whether a pass keeps what random programs compute, and prints forms that read back as the same computation.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/expression.hpp"
#include "support/interpret.hpp"
#include "support/programs.hpp"
#include "support/random_program.hpp"

namespace einc::test {

using ExpressionPass = ir::Expression (*)(ir::Expression);

inline bool nearly(const std::vector<double>& x, const std::vector<double>& y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-9 * (1 + std::fabs(a));
  });
}

// Empty when the last of the passes keeps the meaning of the program with this seed, else what went wrong.
inline std::string lost_meaning(std::uint64_t seed, std::span<const ExpressionPass> passes) {
  const testing::RandomProgram random = testing::random_program(seed);
  ir::Expression expression = bound_of(random.program, random.shapes).expression;
  const auto expected = testing::interpret(expression, random.operands);
  for (const ExpressionPass pass : passes) expression = pass(std::move(expression));
  ir::verify(expression);
  const std::string form = ir::print(expression);
  testing::Interpreter interpreter(expression, random.operands);
  const auto found = interpreter.outputs();
  std::vector<Shape> shapes;
  std::vector<std::vector<double>> operands;
  for (std::size_t id = 0; id < expression.values.size(); ++id) {
    if (expression.values[id].op != ir::Op::operand) continue;
    Shape& shape = shapes.emplace_back();
    for (const Label label : expression.values[id].labels) shape.push_back(expression.extents[label]);
    operands.push_back(interpreter.values()[id].data);
  }
  const auto read_back = computed(Program::parse(form), shapes, operands);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!nearly(expected[i], found.at(i))) return "another result: " + random.program.text() + form;
    if (!nearly(found[i], read_back.at(i))) return "the printed form means something else: " + form;
  }
  return {};
}

// The first seed whose program loses its meaning, with the reason; empty when none does.
inline std::string first_lost_meaning(std::initializer_list<ExpressionPass> passes, std::uint64_t seeds = 300) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    if (const std::string reason = lost_meaning(seed, {passes.begin(), passes.size()}); !reason.empty()) return "seed " + std::to_string(seed) + ", " + reason;
  return {};
}

}  // namespace einc::test
