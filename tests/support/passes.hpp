// passes.hpp: the passes over an Expression by name, and programs from text, for tests of what a pass may and may not change.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <einc/program.hpp>

#include "fuse/fuse.hpp"
#include "simplify/simplify.hpp"
#include "support/interpret.hpp"
#include "support/programs.hpp"

namespace einc::test {

using PassFunction = ir::Expression (*)(ir::Expression);
inline const std::vector<std::pair<std::string_view, PassFunction>> all_passes = {
    {"take-diagonals", simplify::take_diagonals}, {"drop-unit-labels", simplify::drop_unit_labels}, {"split-labels", simplify::split_labels},
    {"resolve-views", simplify::resolve_views},   {"share-values", simplify::share_values},         {"fold-constants", simplify::fold_constants},
    {"sum-lone-labels", simplify::sum_lone_labels}, {"defer-division", fuse::defer_division},       {"absorb-factors", fuse::absorb_factors},
    {"stream", fuse::stream},                     {"recompute", fuse::recompute},                   {"fuse-maps", fuse::fuse_maps},
    {"fuse-labels", simplify::fuse_labels}};

inline ir::Expression expression_of(const Program& program, const std::vector<Shape>& shapes) { return bound_of(program, shapes).expression; }
inline ir::Expression expression_of(std::string_view text, const std::vector<Shape>& shapes) { return expression_of(Program::parse(text), shapes); }

// The expression after every pass up to one.
inline ir::Expression after(std::string_view pass, ir::Expression expression) {
  for (const auto& [name, run] : all_passes) {
    expression = run(std::move(expression));
    verify(expression);
    if (name == pass) break;
  }
  return expression;
}

// Numbers that are neither alike nor round.
inline std::vector<std::vector<double>> some_operands(const std::vector<Shape>& shapes) {
  std::vector<std::vector<double>> operands;
  for (const Shape& shape : shapes) {
    std::size_t count = 1;
    for (Extent extent : shape) count *= static_cast<std::size_t>(extent);
    std::vector<double> values(count);
    for (std::size_t n = 0; n < count; ++n) values[n] = std::sin(0.7 * static_cast<double>(n * (operands.size() + 2)) + static_cast<double>(operands.size()));
    operands.push_back(std::move(values));
  }
  return operands;
}

// The largest distance between results, in units of tolerance * (1 + size); infinite where one is NaN or infinite and the other not the same.
inline double distance(const std::vector<std::vector<double>>& x, const std::vector<std::vector<double>>& y) {
  double worst = x.size() == y.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
    if (x[i].size() != y[i].size()) return INFINITY;
    for (std::size_t n = 0; n < x[i].size(); ++n) {
      const double a = x[i][n], b = y[i][n];
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      const double apart = std::fabs(a - b) / (1 + std::fabs(a));
      worst = std::isfinite(apart) ? std::max(worst, apart) : INFINITY;
    }
  }
  return worst;
}

// The name of the first pass after which an expression means something else; empty when none does.
inline std::string first_pass_that_lies(ir::Expression expression, const std::vector<std::vector<double>>& operands) {
  const auto meant = testing::interpret(expression, operands);
  for (const auto& [name, run] : all_passes) {
    expression = run(std::move(expression));
    verify(expression);
    if (distance(meant, testing::interpret(expression, operands)) > 1e-11) return std::string(name) + "\n" + print(expression);
  }
  return {};
}

}  // namespace einc::test
