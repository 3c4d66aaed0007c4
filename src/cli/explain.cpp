// SPDX-License-Identifier: BSD-3-Clause
#include "cli/explain.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <einc/program.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/plan_watch.hpp"
#include "cli/measure_steps.hpp"
#include "cli/program_file.hpp"

namespace einc::cli {

namespace {
void put(std::ostream& out, const std::string& text) {
  out << text;
  if (!text.ends_with('\n')) out << '\n';
}

std::vector<Shape> shapes_of_inputs(const Program& program, const ExplainRequest& request) {
  std::vector<Named> given(request.shapes.size());
  for (std::size_t i = 0; i < given.size(); ++i)
    given[i] = {i < request.names.size() ? request.names[i] : "", fmt::format("[{}]", fmt::join(request.shapes[i], ", "))};
  std::vector<Shape> shapes;
  for (const std::size_t number : assign(program.inputs(), given, "input", "shape")) shapes.push_back(request.shapes[number]);
  return shapes;
}

}  // namespace

Shape parse_shape(const std::string& text) {
  const auto refuse = [&] {
    throw Error(ErrorCode::bad_option, fmt::format("`{}` is no shape", text), {}, {}, "write extents with commas: `2,128,8,64`");
  };
  std::string_view rest = text;
  const auto skip_blanks = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size())); };
  const auto take = [&](char c) {
    const bool found = rest.starts_with(c);
    if (found) rest.remove_prefix(1);
    return found;
  };
  Shape shape;
  skip_blanks();
  const char close = take('[') ? ']' : take('(') ? ')' : '\0';
  for (skip_blanks(); !rest.empty() && rest[0] != close; skip_blanks()) {
    Extent extent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
    if (error != std::errc() || extent < 0) refuse();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    shape.push_back(extent);
    skip_blanks();
    if (!take(',') && !take('x')) break;
  }
  skip_blanks();
  if (close != '\0' && !take(close)) refuse();
  skip_blanks();
  if (!rest.empty()) refuse();
  return shape;
}

Compiled compile_for(const ExplainRequest& request) {
  const bool named = !request.text.empty() || !request.program.empty();
  PlanWatch watch(request.options);
  if (!request.options.plan.empty() && request.shapes.empty()) {
    Compiled planned = load_plan(request.options.plan, request.options);
    const std::string text = request.program.empty() ? request.text : Program::parse(read_program_file(request.program)).text();
    if (named && text != planned.text()) throw Error(ErrorCode::bad_plan, fmt::format("the plan is of `{}`, the command of `{}`", planned.text(), text));
    return planned;
  }
  if (request.program.empty()) return compile(request.text, request.shapes, request.options, watch.progress());
  const Program program = Program::parse(read_program_file(request.program));
  return compile(program, shapes_of_inputs(program, request), request.options, watch.progress());
}

void explain(const ExplainRequest& request, std::ostream& out) {
  if (request.print_after.empty()) {
    const Compiled compiled = compile_for(request);
    put(out, compiled.explain(request.format, request.measure ? measure_steps(compiled) : std::vector<double>{}));
  } else if (request.program.empty()) {
    put(out, einc::print_after(request.print_after, request.text, request.shapes, request.options));
  } else {
    const Program program = Program::parse(read_program_file(request.program));
    put(out, einc::print_after(request.print_after, program, shapes_of_inputs(program, request), request.options));
  }
}

}  // namespace einc::cli
