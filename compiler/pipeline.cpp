#include "pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "arithmetic.hpp"
#include "bind/bind_program.hpp"
#include "fuse/fuse.hpp"
#include "parse/parse.hpp"
#include "plan/choose_streams.hpp"
#include "plan/make_plan.hpp"
#include "simplify/simplify.hpp"

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

bind::Bound bind_request(const Request& request, const Options& options, Stages& stages) {
  const auto print_bound = [](const bind::Bound& bound) { return ir::print(bound.expression); };
  if (request.program != nullptr)
    return stages.stage("bind", [&] { return bind::bind_program(*request.program, request.operands, options, request.result_strides); }, print_bound);
  const Subscripts subscripts = stages.stage(
      "parse", [&] { return parse::parse(request.text); }, [&](const Subscripts& parsed) { return parse::print(parsed, request.text); });
  const Strides* strides = request.result_strides.empty() ? nullptr : &request.result_strides[0];
  return stages.stage("bind", [&] { return bind::bind(request.text, subscripts, request.operands, options, strides); }, print_bound);
}

lower::Lowered plan_and_lower(Compilation& result, const Options& options, const ir::Target& target, Stages& stages, const plan::SearchControl* control) {
  result.plan = stages.stage(
      "plan", [&] { return plan::make_plan(result.expression, target, options, control); }, [](const ir::Plan& plan) { return ir::print(plan); });
  verify(result.plan);
  lower::Lowered lowered = stages.stage(
      "lower", [&] { return lower::lower(result.expression, result.plan, target); },
      [](const lower::Lowered& l) { return ir::print(l.executable); });
  verify(lowered.executable);
  return lowered;
}

// The fastest plan needs too much memory: another one that needs less, by its largest intermediate or by all of them. The limit
// counts one thread; a run takes as many as fit.
void keep_limit(Compilation& result, lower::Lowered& lowered, const Options& options, const ir::Target& target, Stages& stages, const plan::SearchControl* control) {
  const std::int64_t limit = options.memory_limit;
  if (limit < 0) throw Error(ErrorCode::bad_option, fmt::format("`memory_limit` is {}, less than nothing", limit));
  std::int64_t least = ir::bytes_of_run(lowered.executable, 1);
  if (least <= limit) return;
  Options smaller = options;
  for (const Objective objective : {Objective::size, Objective::write}) {
    smaller.objective = objective;
    lowered = plan_and_lower(result, smaller, target, stages, control);
    const std::int64_t needed = ir::bytes_of_run(lowered.executable, 1);
    if (needed <= limit) {
      result.plan.method += fmt::format(", for memory rather than time: the fastest order needs {} bytes, the limit is {}", least, limit);
      return;
    }
    least = std::min(least, needed);
  }
  const bool chosen = options.planner == Planner::greedy || options.planner == Planner::left_to_right;
  throw Error(ErrorCode::memory_limit, fmt::format("a run needs {} bytes beside its arrays, the `memory_limit` is {}", least, limit), result.text, {},
              chosen ? "`Planner::automatic` also looks for orders that need less memory"
                     : "that is the least of three plans, with one thread's packing space: compute the result in parts, or raise the limit");
}

void check(const Options& options) {
  if (std::isfinite(options.plan_seconds) && options.plan_seconds >= 0) return;
  throw Error(ErrorCode::bad_option, fmt::format("`plan_seconds` is {}, which is no time to search for", options.plan_seconds));
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
  result.dtype = bound.dtype;
  result.shapes = std::move(bound.shapes);
  result.names = std::move(bound.names);
  result.input_names = std::move(bound.input_names);
  result.output_names = std::move(bound.output_names);
  result.unused = std::move(bound.unused);
  result.expression = std::move(bound.expression);
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
  lower::Lowered lowered = plan_and_lower(result, options, target, stages, request.control);
  if (options.memory_limit != 0) keep_limit(result, lowered, options, target, stages, request.control);
  if (options.forbid_fallback) forbid_elementwise(lowered);
  result.executable = std::move(lowered.executable);
  result.notes = std::move(lowered.notes);
  result.speeds_from = target.speeds_from;
  result.predicted = stages.stage(
      "predict", [&] { return predict::predict(result.executable, target); }, [](const predict::Predicted& predicted) { return predict::print(predicted); });
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
