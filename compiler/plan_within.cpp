// SPDX-License-Identifier: BSD-3-Clause
#include "plan_within.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "lower/slice_loops.hpp"
#include "plan/choose_slices.hpp"
#include "plan/make_plan.hpp"
#include "slice/slice_labels.hpp"

namespace einc::compiler {
namespace {

// What one way of computing an expression came to.
struct Candidate {
  ir::Expression expression;  // with the caller's outputs
  ir::Plan plan;
  lower::Lowered lowered;
  ir::Executable combine;
  double overhead = 1;

  std::int64_t bytes() const { return ir::bytes_of_run(lowered.executable, 1); }
};

class Within {
 public:
  Within(Compilation& result, const Request& request, const Options& options, const ir::Target& target, Stages& stages)
      : result_(result), request_(request), options_(options), target_(target), stages_(stages) {}

  lower::Lowered run() {
    if (options_.memory_limit < 0) throw Error(ErrorCode::bad_option, fmt::format("`memory_limit` is {}, less than nothing", options_.memory_limit));
    if (options_.slices < 0) throw Error(ErrorCode::bad_option, fmt::format("`slices` is {}, less than nothing", options_.slices));
    if (options_.slices > 0) return take(in_slices());
    Candidate fastest = whole(options_.objective);
    if (options_.memory_limit == 0 || fastest.bytes() <= options_.memory_limit) return take(std::move(fastest));
    return take(within_limit(fastest.bytes()));
  }

 private:
  lower::Lowered take(Candidate candidate) {
    result_.expression = std::move(candidate.expression);
    result_.plan = std::move(candidate.plan);
    result_.combine = std::move(candidate.combine);
    result_.slicing_overhead = candidate.overhead;
    return std::move(candidate.lowered);
  }

  Candidate planned(const ir::Expression& expression, Objective objective, const plan::Orders* orders) {
    Candidate candidate;
    Options options = options_;
    options.objective = objective;
    candidate.plan = stages_.stage(
        "plan", [&] { return plan::make_plan(expression, target_, options, {request_.control, request_.orders, orders}); }, [](const ir::Plan& plan) { return ir::print(plan); });
    verify(candidate.plan);
    candidate.lowered = lowered(expression, candidate.plan);
    return candidate;
  }
  lower::Lowered lowered(const ir::Expression& expression, const ir::Plan& plan) {
    lower::Lowered lowered = stages_.stage(
        "lower", [&] { return lower::lower(expression, plan, target_); }, [](const lower::Lowered& l) { return ir::print(l.executable); });
    return lowered;
  }

  Candidate whole(Objective objective) {
    Candidate candidate = planned(result_.expression, objective, nullptr);
    verify(candidate.lowered.executable);
    candidate.expression = result_.expression;
    return candidate;
  }

  // The expression cut as chosen. With partials where slices are added up or handed out.
  Candidate sliced(const plan::SliceChoice& choice, const std::vector<slice::Cut>& cuts) {
    std::vector<ir::Slice> slices;
    bool partials = options_.slices > 0;
    for (Label label = 0; label < choice.parts.size(); ++label) {
      if (choice.parts[label] == 1) continue;
      slices.push_back({label, choice.parts[label], cuts[label] == slice::Cut::summed});
      partials = partials || slices.back().summed;
    }
    const ir::Expression expression = stages_.stage(
        "slice", [&] { return slice::slice_labels(result_.expression, std::move(slices)); }, [](const ir::Expression& cut) { return ir::print(cut); });
    verify(expression);
    Candidate candidate = planned(partials ? slice::into_partials(expression) : expression, options_.objective, &choice.orders);
    if (!choice.method.empty()) candidate.plan.method = choice.method;
    ir::Executable& executable = candidate.lowered.executable;
    lower::add_slice_loops(executable, expression, candidate.plan, partials, options_.slices);
    if (partials) {
      const ir::Expression combining = slice::from_partials(expression);
      candidate.combine = lower::lower(combining, plan::make_plan(combining, target_, options_), target_).executable;
      verify(candidate.combine);
      executable.arena_bytes = std::max(executable.arena_bytes, candidate.combine.arena_bytes);
      executable.scratch_bytes = std::max(executable.scratch_bytes, candidate.combine.scratch_bytes);
    }
    verify(executable);
    candidate.expression = expression;
    candidate.overhead = choice.overhead;
    return candidate;
  }

  bool order_is_given() const { return !options_.order.empty() || request_.orders != nullptr; }

  Candidate in_slices() {
    if (order_is_given())
      throw Error(ErrorCode::bad_option, "`slices` chooses an order of its own, and one is given", result_.text, {}, "leave out the order or the saved plan");
    const std::vector<slice::Cut> cuts = slice::cuts_of(result_.expression);
    plan::SliceOptions wanted;
    wanted.least_slices = static_cast<double>(options_.slices);
    wanted.partials = true;
    const std::optional<plan::SliceChoice> choice = plan::choose_slices(result_.expression, cuttable(cuts), target_, options_, wanted, request_.control);
    if (!choice) throw_too_few(cuts);
    return sliced(*choice, cuts);
  }

  static std::vector<bool> cuttable(const std::vector<slice::Cut>& cuts) {
    std::vector<bool> result;
    for (const slice::Cut cut : cuts) result.push_back(cut != slice::Cut::never);
    return result;
  }

  [[noreturn]] void throw_too_few(const std::vector<slice::Cut>& cuts) const {
    double most = 1;
    for (Label label = 0; label < cuts.size(); ++label)
      if (cuts[label] != slice::Cut::never) most *= static_cast<double>(result_.expression.extents[label]);
    throw Error(ErrorCode::bad_option, fmt::format("`slices` is {}, and what can be cut has {:.6g} positions", options_.slices, most), result_.text, {},
                most > 1 ? "ask for fewer slices" : "labels that every output has, or that are summed at its root, can be cut");
  }

  Candidate within_limit(std::int64_t fastest) {
    std::int64_t least = fastest;
    for (const Objective objective : {Objective::size, Objective::write}) {
      Candidate candidate = whole(objective);
      if (candidate.bytes() <= options_.memory_limit) {
        candidate.plan.method += fmt::format(", for memory rather than time: the fastest order needs {} bytes, the limit is {}", fastest, options_.memory_limit);
        return candidate;
      }
      least = std::min(least, candidate.bytes());
    }
    if (order_is_given())
      throw Error(ErrorCode::memory_limit, fmt::format("a run of the given order needs {} bytes beside its arrays, the `memory_limit` is {}", least, options_.memory_limit), result_.text, {},
                  "without an order or a saved plan einc also looks for orders that need less memory");
    const bool chosen = options_.planner == Planner::greedy || options_.planner == Planner::left_to_right;
    throw Error(ErrorCode::memory_limit, fmt::format("a run needs {} bytes beside its arrays, the `memory_limit` is {}", least, options_.memory_limit), result_.text, {},
                chosen ? "`Planner::automatic` also looks for orders that need less memory"
                       : "that is the least of three plans, with one thread's packing space: compute the result in parts, or raise the limit");
  }

  Compilation& result_;
  const Request& request_;
  const Options& options_;
  const ir::Target& target_;
  Stages& stages_;
};

}  // namespace

lower::Lowered plan_within(Compilation& result, const Request& request, const Options& options, const ir::Target& target, Stages& stages) {
  return Within(result, request, options, target, stages).run();
}

}  // namespace einc::compiler
