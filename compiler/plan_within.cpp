// SPDX-License-Identifier: BSD-3-Clause
#include "plan_within.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <einc/element_types.hpp>
#include <einc/error.hpp>

#include "contraction_seconds.hpp"
#include "lower/slice_loops.hpp"
#include "plan/choose_slices.hpp"
#include "plan/make_plan.hpp"
#include "slicing/given_slices.hpp"
#include "slicing/slice_labels.hpp"

namespace einc::compiler {
namespace {

// What one way of computing an expression came to.
struct Candidate {
  ir::Expression expression;  // with the caller's outputs
  ir::Plan plan;
  lower::Lowered lowered;
  ir::Executable combine;
  Objective objective = Objective::seconds;
  double overhead = 1, most_shared = std::numeric_limits<double>::infinity();

  std::int64_t bytes() const { return ir::most_bytes(lowered.executable, 1); }
  double seconds() const {  // of all slices
    double total = 0;
    for (std::size_t step = plan.beforehand; step < plan.steps.size(); ++step)
      total += plan.steps[step].seconds * (step < plan.once ? 1 : static_cast<double>(lowered.executable.slicing.slices()));
    return total;
  }
};

class Within {
 public:
  Within(Compilation& result, const Request& request, const Options& options, const ir::Target& target, Stages& stages)
      : result_(result), request_(request), options_(options), target_(target), stages_(stages) {}

  lower::Lowered run() {
    if (options_.memory_limit < 0) throw Error(ErrorCode::bad_option, fmt::format("`memory_limit` is {}, less than nothing", options_.memory_limit));
    if (options_.slices < 0) throw Error(ErrorCode::bad_option, fmt::format("`slices` is {}, less than nothing", options_.slices));
    if (request_.kept != nullptr) return take(as_kept(*request_.kept));
    if (options_.slices == 0 && options_.memory_limit == 0) return take(whole(options_.objective));
    cuts_ = slicing::cuts_of(result_.expression);
    if (options_.slices > 0) {
      check_enough_positions();
      std::optional<Candidate> cut = in_slices();
      if (!cut) cut = cut_to_the_end();
      if (!fits(*cut)) throw_too_little(cut->bytes());
      return take(std::move(*cut));
    }
    std::optional<Candidate> fastest = try_whole(options_.objective);
    if (fastest && fits(*fastest)) return take(std::move(*fastest));
    return take(within_limit(fastest));
  }

 private:
  lower::Lowered take(Candidate candidate) {
    result_.expression = std::move(candidate.expression);
    result_.plan = std::move(candidate.plan);
    result_.combine = std::move(candidate.combine);
    result_.slicing_overhead = candidate.overhead;
    result_.most_shared = candidate.most_shared;
    result_.objective = candidate.objective;
    return std::move(candidate.lowered);
  }

  Candidate planned(const ir::Expression& expression, Objective objective, const plan::Settled* settled) {
    Candidate candidate;
    Options options = options_;
    candidate.objective = options.objective = objective;
    const std::vector<ir::ContractionOrder>* const orders = request_.kept != nullptr ? &request_.kept->orders : nullptr;
    const plan::ContractionSeconds seconds = contraction_seconds(target_);
    candidate.plan = stages_.stage(
        "plan", [&] { return plan::make_plan(expression, target_, options, {request_.control, orders, settled, &seconds}); }, [](const ir::Plan& plan) { return ir::print(plan); });
    verify(candidate.plan);
    candidate.lowered = lowered(expression, candidate.plan);
    return candidate;
  }
  lower::Lowered lowered(const ir::Expression& expression, const ir::Plan& plan) {
    lower::Lowered lowered = stages_.stage(
        "lower",
        [&] {
          const lower::InstructionSeconds seconds = instruction_seconds(target_);
          lower::Lowered made = lower::lower(expression, plan, target_, lower::LongSums::sliced, &seconds);
          const bool fits = options_.memory_limit <= 0 || ir::most_bytes(made.executable, 1) <= options_.memory_limit;
          return fits ? std::move(made) : lower::lower(expression, plan, target_, lower::LongSums::whole);  // copies and the results of slices take room
        },
        [](const lower::Lowered& l) { return ir::print(l.executable); });
    return lowered;
  }

  Candidate whole(Objective objective) {
    Candidate candidate = planned(result_.expression, objective, nullptr);
    verify(candidate.lowered.executable);
    candidate.expression = result_.expression;
    return candidate;
  }

  // Nothing where an intermediate has more bytes than can be counted.
  std::optional<Candidate> try_whole(Objective objective) {
    try {
      return whole(objective);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::memory_limit) throw;
      return {};
    }
  }

  bool fits(const Candidate& candidate) const { return options_.memory_limit == 0 || candidate.bytes() <= options_.memory_limit; }
  bool keeps_order() const { return !options_.order.empty() || options_.planner == Planner::greedy || options_.planner == Planner::left_to_right; }

  // What a saved plan says, and nothing else: it is refused where it does not fit.
  Candidate as_kept(const KeptPlan& kept) {
    const slicing::GivenSlices& given = kept.slices;
    const auto refuse_slices = [&](std::string_view what) {
      throw Error(ErrorCode::bad_plan, fmt::format("`slices` is {}, and the plan {}", options_.slices, what), {}, {}, "a plan is taken as it is: make one with `slices` (`einc plan --slices N`)");
    };
    if (options_.slices > 0 && given.asked_for == 0) refuse_slices("was made without it");
    const Objective objective = kept.objective.value_or(options_.objective);
    Candidate candidate = given.is_cut() ? as_cut(given, objective) : whole(objective);
    if (const std::int64_t slices = candidate.lowered.executable.slicing.slices(); options_.slices > slices) refuse_slices(fmt::format("is cut into {}", slices));
    if (!fits(candidate))
      throw Error(ErrorCode::memory_limit, fmt::format("a run of the saved plan needs {} bytes beside its arrays, the `memory_limit` is {}", candidate.bytes(), options_.memory_limit), result_.text, {},
                  "make the plan anew within that limit: einc then looks for another order, or for slices");
    return candidate;
  }

  Candidate as_cut(const slicing::GivenSlices& given, Objective objective) {
    cuts_ = slicing::cuts_of(result_.expression);
    plan::SliceChoice choice{slicing::parts_of(given.cuts, result_.expression, result_.names, cuts_), {}, given.overhead, 0, {}};
    choice.settled.most_shared = given.most_shared;
    Candidate candidate = sliced(choice, objective);
    ir::Slicing& slicing = candidate.lowered.executable.slicing;
    const Extent most = slicing.slices_per_region(), least = slicing.has_partials() ? 1 : 0;
    if (given.slices_per_task < least || given.slices_per_task > (least == 0 ? 0 : most))
      throw Error(ErrorCode::bad_plan, fmt::format("`slices_per_task` of the plan is {}, and {}", given.slices_per_task,
                                                   least == 0 ? std::string("nothing is added up: it would be 0") : fmt::format("a task has 1 to {} slices", most)),
                  {}, {}, "make the plan anew: einc writes it as it is computed");
    if (least == 1) slicing.slices_per_task = given.slices_per_task;
    return candidate;
  }

  // The expression cut as chosen. With partials where slices are added up or handed out.
  Candidate sliced(const plan::SliceChoice& choice) { return sliced(choice, options_.objective); }
  Candidate sliced(const plan::SliceChoice& choice, Objective objective) {
    std::vector<ir::Slice> slices;
    bool partials = options_.slices > 0;
    for (Label label = 0; label < choice.parts.size(); ++label) {
      if (choice.parts[label] == 1) continue;
      slices.push_back({label, choice.parts[label], cuts_[label] == slicing::Cutting::summed});
      partials = partials || slices.back().summed;
    }
    const ir::Expression expression = stages_.stage(
        "slice", [&] { return slicing::slice_labels(result_.expression, std::move(slices)); }, [](const ir::Expression& cut) { return ir::print(cut); });
    verify(expression);
    Candidate candidate = planned(partials ? slicing::into_partials(expression) : expression, objective, &choice.settled);
    if (!choice.method.empty()) candidate.plan.method = choice.method;
    ir::Executable& executable = candidate.lowered.executable;
    lower::add_slice_loops(executable, expression, candidate.plan, partials, options_.slices);
    if (partials) {
      const ir::Expression combining = slicing::from_partials(expression);
      candidate.combine = lower::lower(combining, plan::make_plan(combining, target_, {}), target_).executable;
      verify(candidate.combine);
      executable.arena_bytes = std::max(executable.arena_bytes, candidate.combine.arena_bytes);
      executable.scratch_bytes = std::max(executable.scratch_bytes, candidate.combine.scratch_bytes);
    }
    verify(executable);
    candidate.expression = expression;
    candidate.overhead = choice.overhead;
    candidate.most_shared = choice.settled.most_shared;
    return candidate;
  }

  // The cheapest way to cut that was found and that fits. The planner counts elements, a run needs bytes: where they disagree, it is told
  // to do with less.
  std::optional<Candidate> in_slices() {
    const int most_tries = result_.operand_shapes.size() > 300 ? 3 : 7;  // the larger ones take seconds each
    constexpr double close_enough = 1.5;
    plan::SliceOptions wanted;
    wanted.least_slices = static_cast<double>(std::max<std::int64_t>(options_.slices, 1));
    wanted.partials = options_.slices > 0;
    wanted.reorder = !keeps_order();
    wanted.work = options_.effort == Effort::best ? 300'000'000 : options_.effort == Effort::balanced ? 30'000'000 : 10'000'000;
    const auto element = static_cast<double>(bytes_of(computed_in(result_.dtype)));
    if (options_.memory_limit > 0) wanted.most_live = static_cast<double>(options_.memory_limit) / element;
    std::optional<Candidate> best;
    double fitting = 0, too_many = wanted.most_live;  // elements: between these the answer lies
    for (int tries = 0; tries < most_tries; ++tries) {
      const std::optional<plan::SliceChoice> choice = plan::choose_slices(result_.expression, cuttable(), target_, options_, wanted, request_.control);
      if (!choice) break;
      Candidate candidate = sliced(*choice);
      const auto bytes = static_cast<double>(candidate.bytes()), limit = static_cast<double>(options_.memory_limit);
      if (fits(candidate)) {
        const bool first = tries == 0;
        fitting = std::max(fitting, choice->live);
        if (!best || candidate.seconds() < best->seconds()) best = std::move(candidate);
        if (first) break;
      } else {
        too_many = std::min(wanted.most_live, choice->live);
      }
      if (fitting > 0 && too_many < close_enough * fitting) break;
      // What is beside the intermediates stays, about, when they get smaller.
      const double beside = std::min(bytes - std::min(choice->live * element, bytes), 0.9 * limit);
      wanted.most_live = fitting > 0 ? std::sqrt(fitting * too_many) : std::min((limit - beside) / element, 0.7 * too_many);
      if (wanted.most_live < 1) break;
    }
    return best;
  }

  // Cut until it fits, label by label, for expressions that are more than one contraction: whatever brings most for what it costs.
  std::optional<Candidate> step_by_step() {
    constexpr std::size_t most_labels = 6;
    std::vector<Label> labels;
    for (Label label = 0; label < cuts_.size(); ++label)
      if (cuts_[label] != slicing::Cutting::never) labels.push_back(label);
    const std::vector<Extent>& extents = result_.expression.extents;
    std::stable_sort(labels.begin(), labels.end(), [&](Label x, Label y) { return extents[x] > extents[y]; });
    labels.resize(std::min(labels.size(), most_labels));
    plan::SliceChoice choice{std::vector<Extent>(extents.size(), 1), {}, 1, 0, {}};
    std::optional<Candidate> now;
    for (;;) {
      double best = 0;
      std::optional<Candidate> next;
      std::vector<Extent> parts;
      for (const Label label : labels) {
        plan::SliceChoice more = choice;
        const Extent left = extents[label] / more.parts[label];
        if (left == 1) continue;
        Extent factor = 2;
        while (left % factor != 0) ++factor;
        more.parts[label] *= factor;
        Candidate candidate = sliced(more);
        const double score = candidate.seconds() * static_cast<double>(candidate.bytes() + 1);
        if (next && score >= best) continue;
        best = score, next = std::move(candidate), parts = std::move(more.parts);
      }
      if (!next) return {};
      choice.parts = std::move(parts);
      if (fits(*next)) return next;
    }
  }

  // Every label that may be cut, to single positions: what needs least.
  Candidate cut_to_the_end() { return sliced(plan::cut_all(result_.expression, cuttable(), options_)); }

  std::vector<bool> cuttable() const {
    std::vector<bool> result;
    for (const slicing::Cutting cut : cuts_) result.push_back(cut != slicing::Cutting::never);
    return result;
  }

  void check_enough_positions() const {
    double most = 1;
    for (Label label = 0; label < cuts_.size(); ++label)
      if (cuts_[label] != slicing::Cutting::never) most *= static_cast<double>(result_.expression.extents[label]);
    if (most >= static_cast<double>(options_.slices)) return;
    throw Error(ErrorCode::bad_option, fmt::format("`slices` is {}, and what can be cut has {:.6g} position{}", options_.slices, most, most == 1 ? "" : "s"), result_.text, {},
                most > 1 ? "ask for fewer slices" : "what can be cut are labels that every output has, once, and labels that are summed last");
  }

  // The fastest way of those that fit: whole in another order, or in slices.
  Candidate within_limit(const std::optional<Candidate>& fastest) {
    std::optional<Candidate> best;
    std::int64_t least = fastest ? fastest->bytes() : std::numeric_limits<std::int64_t>::max();
    const auto consider = [&](std::optional<Candidate> candidate) {
      if (candidate && fits(*candidate) && (!best || candidate->seconds() < best->seconds())) best = std::move(candidate);
    };
    const std::string why = fmt::format(", for memory rather than time: the {} order needs {} bytes, the limit is {}", options_.order.empty() ? "fastest" : "given",
                                        fastest ? fmt::to_string(fastest->bytes()) : "uncountable", options_.memory_limit);
    if (!keeps_order())
      for (const Objective objective : {Objective::size, Objective::write}) {
        std::optional<Candidate> candidate = try_whole(objective);
        if (candidate) least = std::min(least, candidate->bytes());
        consider(std::move(candidate));
      }
    if (can_cut()) {
      consider(result_.is_program ? step_by_step() : in_slices());
      if (!best) {
        Candidate last = cut_to_the_end();
        least = std::min(least, last.bytes());
        consider(std::move(last));
      }
    }
    if (best) {
      best->plan.method += why;
      return std::move(*best);
    }
    throw_too_little(least);
  }

  [[noreturn]] void throw_too_little(std::int64_t least) const {
    if (!options_.order.empty())
      throw Error(ErrorCode::memory_limit, fmt::format("a run of the given order needs {} bytes beside its arrays, the `memory_limit` is {}", least, options_.memory_limit), result_.text, {},
                  "without an order einc also looks for orders that need less memory");
    throw Error(ErrorCode::memory_limit, fmt::format("a run needs {} bytes beside its arrays, the `memory_limit` is {}", least, options_.memory_limit), result_.text, {},
                keeps_order() ? "`Planner::automatic` also looks for orders that need less memory"
                : can_cut()   ? "that is with every label cut to single positions, on one thread: raise the limit"
                              : "that is the least of three plans, with one thread's packing space, and nothing can be cut: raise the limit");
  }

  bool can_cut() const {
    return std::any_of(cuts_.begin(), cuts_.end(), [](slicing::Cutting cut) { return cut != slicing::Cutting::never; });
  }

  Compilation& result_;
  const Request& request_;
  const Options& options_;
  const ir::Target& target_;
  Stages& stages_;
  std::vector<slicing::Cutting> cuts_;  // of every label
};

}  // namespace

lower::Lowered plan_within(Compilation& result, const Request& request, const Options& options, const ir::Target& target, Stages& stages) {
  return Within(result, request, options, target, stages).run();
}

}  // namespace einc::compiler
