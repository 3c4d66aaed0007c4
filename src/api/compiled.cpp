// compiled.cpp: the calls of einsum.hpp that are not templates.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "api/compiled_state.hpp"
#include "api/kernel_tables.hpp"
#include "api/target.hpp"

namespace einc {
namespace {

// Dense layouts of shapes: the strides live beside the spans that name them.
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

}  // namespace

void Compiled::run(std::span<const ArrayRef> operands, const OutputRef& out, const Scale& scale) const {
  state_->check_operands(operands);
  state_->check_output(operands, out);
  state_->run(operands, out, scale);
}
void Compiled::check(std::span<const ArrayRef> operands) const { state_->check_operands(operands); }
void Compiled::run_fresh(std::span<const ArrayRef> operands, const OutputRef& out) const { state_->run(operands, out, {}); }
const Shape& Compiled::shape() const { return state_->compilation().shape; }
DType Compiled::dtype() const { return state_->options.dtype; }
const std::string& Compiled::text() const { return state_->compilation().text; }
const PlanSummary& Compiled::plan() const { return state_->summary; }

std::string Compiled::explain(Format format) const {
  switch (format) {
    case Format::text: return detail::explain_text(*state_, cache_state());
    case Format::json: return detail::explain_json(*state_, cache_state());
    case Format::dot: return detail::explain_dot(*state_);
    case Format::html: break;
  }
  throw Error(ErrorCode::bad_option, "explain() does not draw HTML yet", {}, {}, "text, json and dot are offered");
}

Compiled compile(std::string_view text, const std::vector<Shape>& shapes, const Options& options) {
  const DenseLayouts dense(shapes);
  return Compiled(std::make_shared<const detail::CompiledState>(text, dense.layouts, options));
}

std::string explain(std::string_view text, const std::vector<Shape>& shapes, const Options& options, Format format) {
  return compile(text, shapes, options).explain(format);
}

std::string print_after(std::string_view pass, std::string_view text, const std::vector<Shape>& shapes, const Options& options) {
  const std::vector<std::string> names = pass_names();
  if (pass != "all" && std::find(names.begin(), names.end(), pass) == names.end())
    throw Error(ErrorCode::bad_option, fmt::format("no pass is called `{}`", pass), {}, {}, fmt::format("the passes are {}, or all", fmt::join(names, ", ")));
  const DenseLayouts dense(shapes);
  const ir::Target target = api::make_target(api::choose_table(options.isa), options.threads > 0 ? options.threads : num_threads());
  std::string printed;
  compiler::compile({text, dense.layouts}, options, target, [&](std::string_view name, const std::string& result) {
    if (pass == name || pass == "all") printed += fmt::format("after {}:\n{}{}", name, result, pass == "all" ? "\n" : "");
  });
  return printed;
}

std::vector<std::string> pass_names() { return compiler::pass_names(); }

}  // namespace einc
