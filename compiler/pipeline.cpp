#include "pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "arithmetic.hpp"
#include "bind/bind_program.hpp"
#include "fuse/fuse.hpp"
#include "parse/parse.hpp"
#include "plan/choose_streams.hpp"
#include "plan/given_order.hpp"
#include "plan_within.hpp"
#include "simplify/simplify.hpp"
#include "stages.hpp"

namespace einc::compiler {
namespace {

struct Pass {
  std::string_view name;
  ir::Expression (*run)(ir::Expression);
  bool streams = false;  // only of use where streams are allowed
};

// The order, and why.
constexpr Pass expression_passes[] = {
    {"take-diagonals", simplify::take_diagonals},      // first: a trace then is a lone label
    {"drop-unit-labels", simplify::drop_unit_labels},  // before anything counts labels
    {"split-labels", simplify::split_labels},          // before views are resolved: most then have nothing to do
    {"resolve-views", simplify::resolve_views},
    {"share-values", simplify::share_values},          // before anything asks who uses a value
    {"fold-constants", simplify::fold_constants},
    {"sum-lone-labels", simplify::sum_lone_labels},
    {"defer-division", fuse::defer_division},          // before stream: sums of weights then show
    {"absorb-factors", fuse::absorb_factors},
    {"stream", fuse::stream},                          // before maps merge: it reads them one function at a time
    {"recompute", fuse::recompute, true},              // after stream: for what else reads its scores
    {"fuse-maps", fuse::fuse_maps},
    {"fuse-labels", simplify::fuse_labels},            // last: the others still split groups
};

void forbid_elementwise(const lower::Lowered& lowered) {
  for (std::size_t i = 0; i < lowered.notes.size(); ++i) {
    if (!lowered.notes[i].elementwise) continue;
    throw Error(ErrorCode::bad_option, fmt::format("instruction {} would go element by element, which `forbid_fallback` refuses", i + 1), {}, {},
                fmt::format("no array of its `{}` has neighbours in memory along any label: copy an operand into row-major order", name_of(lowered.executable.code[i].kernel)));
  }
}

bind::Bound bind_request(const Request& request, const Options& options, Stages& stages) {
  const auto print_bound = [](const bind::Bound& bound) { return ir::print(bound.expression); };
  if (request.program != nullptr)
    return stages.stage("bind", [&] { return bind::bind_program(*request.program, request.operands, options, request.result_strides); }, print_bound);
  const Subscripts subscripts = stages.stage(
      "parse", [&] { return parse::parse(request.text); }, [&](const Subscripts& parsed) { return parse::print(parsed, request.text); });
  const Strides* strides = request.result_strides.empty() ? nullptr : &request.result_strides[0];
  return stages.stage("bind", [&] { return bind::bind(request.text, subscripts, request.operands, options, strides); }, print_bound);
}

void check(const Options& options) {
  if (std::isfinite(options.plan_seconds) && options.plan_seconds >= 0) return;
  throw Error(ErrorCode::bad_option, fmt::format("`plan_seconds` is {}, which is no time to search for", options.plan_seconds));
}

std::vector<bool> take_constants(const Options& options, std::size_t operands) {
  std::vector<bool> constant(operands, false);
  for (const std::uint32_t operand : options.constants) {
    if (operand >= operands)
      throw Error(ErrorCode::bad_option, fmt::format("`constants` names operand {}, and there {} {}", operand, operands == 1 ? "is" : "are", operands), {}, {}, "operands are counted from 0");
    if (constant[operand]) throw Error(ErrorCode::bad_option, fmt::format("`constants` names operand {} twice", operand));
    constant[operand] = true;
  }
  return constant;
}

// An order speaks of the operands of one contraction.
void check_order(const Compilation& result, const Options& options) {
  if (options.order.empty()) return;
  if (result.is_program)
    throw Error(ErrorCode::bad_option, "the option `order` is the order of one einsum, and this is a program", {}, {}, "a saved plan has the orders of all its contractions: the option `plan`");
  const std::vector<ir::Value>& values = result.expression.values;
  if (std::any_of(values.begin(), values.end(), [](const ir::Value& value) { return value.grouped; }))
    throw Error(ErrorCode::bad_option, "the text fixes the order by parentheses, and the option `order` does so again", result.text, {}, "leave out one of them");
  plan::take_order(options.order, result.operand_shapes.size());
}

}  // namespace

Compilation compile(const Request& request, const Options& options, const ir::Target& target, const Observer& observe) {
  check(options);
  Compilation result;
  result.text = request.text;
  result.is_program = request.program != nullptr;
  for (const bind::Layout& operand : request.operands) {
    result.operand_shapes.emplace_back(operand.extents.begin(), operand.extents.end());
    result.operand_dtypes.push_back(operand.dtype);
    result.conjugated.push_back(operand.conjugated);
  }
  Stages stages(result, observe);
  bind::Bound bound = bind_request(request, options, stages);
  bound.expression.arithmetic = arithmetic_of(options.semiring);
  verify(bound.expression);
  result.same.assign(request.same.begin(), request.same.end());
  for (ir::Value& value : bound.expression.values)
    if (value.op == ir::Op::operand && !request.same.empty()) value.operand = request.same[value.operand];
  result.constants = options.constants;
  result.constant = take_constants(options, result.operand_shapes.size());
  for (ir::Value& value : bound.expression.values)
    if (value.op == ir::Op::operand) value.constant = result.constant[value.operand];
  result.dtype = bound.dtype;
  result.shapes = std::move(bound.shapes);
  result.names = std::move(bound.names);
  result.input_names = std::move(bound.input_names);
  result.output_names = std::move(bound.output_names);
  result.unused = std::move(bound.unused);
  result.expression = std::move(bound.expression);
  check_order(result, options);
  for (const Pass& pass : expression_passes) {
    if (pass.streams && options.stream == Stream::forbid) continue;
    result.expression = stages.stage(
        pass.name, [&] { return pass.run(std::move(result.expression)); }, [](const ir::Expression& expression) { return ir::print(expression); });
    verify(result.expression);
  }
  result.expression = stages.stage(
      "choose-streams", [&] { return plan::choose_streams(std::move(result.expression), options.stream); },
      [](const ir::Expression& expression) { return ir::print(expression); });
  verify(result.expression);
  lower::Lowered lowered = plan_within(result, request, options, target, stages);
  if (options.forbid_fallback) forbid_elementwise(lowered);
  result.executable = std::move(lowered.executable);
  result.notes = std::move(lowered.notes);
  result.speeds_from = target.speeds_from;
  ir::Target each = target;  // workers that take slices side by side have one thread each
  each.threads = ir::crew_for(result.executable, std::max(target.threads, 1), options.memory_limit).threads;
  result.predicted = stages.stage(
      "predict", [&] { return predict::predict(result.executable, each); }, [](const predict::Predicted& predicted) { return predict::print(predicted); });
  return result;
}

bind::Bound bind_text(std::string_view text, std::span<const bind::Layout> operands, const Options& options) {
  return bind::bind(text, parse::parse(text), operands, options);
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names{"parse", "bind"};
  for (const Pass& pass : expression_passes) names.emplace_back(pass.name);
  names.insert(names.end(), {"choose-streams", "plan", "lower", "predict"});
  return names;
}

}  // namespace einc::compiler
