// program.cpp: the calls of program.hpp that compile: a program goes down the same way as a text.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/cpu.hpp>
#include <einc/program.hpp>

#include "api/compiled_state.hpp"
#include "api/dense_layouts.hpp"
#include "api/kernel_tables.hpp"
#include "api/target.hpp"
#include "ir/program_access.hpp"

namespace einc {

Compiled compile(const Program& program, const std::vector<Shape>& shapes, const Options& options, const PlanProgress& progress) {
  const api::DenseLayouts dense(shapes, options);
  return Compiled(std::make_shared<const detail::CompiledState>(program.text(), dense.layouts, options, ProgramAccess::program(program).get(), progress));
}

std::string explain(const Program& program, const std::vector<Shape>& shapes, const Options& options, Format format) {
  return compile(program, shapes, options).explain(format);
}

std::string print_after(std::string_view pass, const Program& program, const std::vector<Shape>& shapes, const Options& options) {
  const api::DenseLayouts dense(shapes, options);
  const std::string text = program.text();
  return api::print_passes(pass, {text, dense.layouts, {}, ProgramAccess::program(program).get()}, options);
}

}  // namespace einc
