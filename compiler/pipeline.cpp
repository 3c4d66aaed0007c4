#include "pipeline.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "parse/parse.hpp"
#include "plan/make_plan.hpp"
#include "simplify/simplify.hpp"

namespace einc::compiler {
namespace {

struct Pass {
  std::string_view name;
  ir::Expression (*run)(ir::Expression);
};

// The order, and why.
constexpr Pass simplify_passes[] = {
    {"take-diagonals", simplify::take_diagonals},      // first: a trace then is a lone label
    {"drop-unit-labels", simplify::drop_unit_labels},  // before anything counts labels
    {"sum-lone-labels", simplify::sum_lone_labels},
    {"fuse-labels", simplify::fuse_labels},            // last: the others still split groups
};

// Runs stages, times them, and shows their results to the observer.
class Stages {
 public:
  Stages(Compilation& compilation, const Observer& observe) : compilation_(compilation), observe_(observe) {}

  template <class Run, class Print>
  auto stage(std::string_view name, Run&& run, Print&& print) {
    const auto start = std::chrono::steady_clock::now();
    auto result = run();
    compilation_.times.push_back({name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
    if (observe_) observe_(name, print(result));
    return result;
  }

 private:
  Compilation& compilation_;
  const Observer& observe_;
};

void forbid_elementwise(const lower::Lowered& lowered) {
  for (std::size_t i = 0; i < lowered.notes.size(); ++i) {
    if (!lowered.notes[i].elementwise) continue;
    throw Error(ErrorCode::bad_option, fmt::format("instruction {} would go element by element, which `forbid_fallback` refuses", i + 1), {}, {},
                fmt::format("no array of its `{}` has neighbours in memory along any label: copy an operand into row-major order", name_of(lowered.executable.code[i].kernel)));
  }
}

}  // namespace

Compilation compile(const Request& request, const Options& options, const ir::Target& target, const Observer& observe) {
  const std::string_view text = request.text;
  Compilation result;
  result.text = text;
  for (const bind::Layout& operand : request.operands) result.operand_shapes.emplace_back(operand.extents.begin(), operand.extents.end());
  Stages stages(result, observe);
  const auto print_expression = [](const ir::Expression& expression) { return ir::print(expression); };

  const Subscripts subscripts =
      stages.stage("parse", [&] { return parse::parse(text); }, [&](const Subscripts& parsed) { return parse::print(parsed, text); });
  bind::Bound bound = stages.stage(
      "bind", [&] { return bind::bind(text, subscripts, request.operands, options, request.result_strides); },
      [](const bind::Bound& b) { return ir::print(b.expression); });
  verify(bound.expression);
  result.shape = std::move(bound.shape);
  result.names = std::move(bound.names);
  result.expression = std::move(bound.expression);
  for (const Pass& pass : simplify_passes) {
    result.expression = stages.stage(pass.name, [&] { return pass.run(std::move(result.expression)); }, print_expression);
    verify(result.expression);
  }
  result.plan = stages.stage(
      "plan", [&] { return plan::make_plan(result.expression, target, options); }, [](const ir::Plan& plan) { return ir::print(plan); });
  verify(result.plan);
  lower::Lowered lowered = stages.stage(
      "lower", [&] { return lower::lower(result.expression, result.plan, target); },
      [](const lower::Lowered& l) { return ir::print(l.executable); });
  verify(lowered.executable);
  if (options.forbid_fallback) forbid_elementwise(lowered);
  result.executable = std::move(lowered.executable);
  result.notes = std::move(lowered.notes);
  return result;
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names{"parse", "bind"};
  for (const Pass& pass : simplify_passes) names.emplace_back(pass.name);
  names.insert(names.end(), {"plan", "lower"});
  return names;
}

}  // namespace einc::compiler
