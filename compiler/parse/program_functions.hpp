// program_functions.hpp: the functions a program text may call: their names, what they take, and which builder call they are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parse/program_builder.hpp"

namespace einc::parse {

// The arguments of one call, each kind in the order written.
struct ProgramArguments {
  std::vector<ir::NodeId> tensors;
  std::vector<std::string_view> texts;      // labels and texts of einsum: pieces of the program text
  std::vector<ProgramBuilder::Piece> pieces;
  LabelExtents extents;
  Cut cut;
  DType dtype = DType::f32;
  Reduction reduction = Reduction::sum;
  EmptyRow empty = EmptyRow::zero;
  double number = 1e-5;
};

// takes: one letter an argument. x: a tensor. t: a text. *: any number of tensors. d: f32, bf16, f64. r: sum, max, min, mean.
// c: a cut {begin, end, step}. p: parts {{x, "s"}, ...}. Those that may be left out: e: extents {{"r", 4}}. n: a number.
// s: zero, uniform, nan or a sink. k: a sink.
struct ProgramFunction {
  std::string_view name, takes;
  ir::NodeId (*make)(ProgramBuilder& build, const ProgramArguments& arguments);
};

const ProgramFunction* find_function(std::string_view name);
std::string usage(const ProgramFunction& function);      // `split(x, "label", "labels", {{"label", 4}})`
std::string nearest_function(std::string_view name);     // empty when none is near
std::size_t spelling_distance(std::string_view x, std::string_view y);  // letters to insert, drop or change

}  // namespace einc::parse
