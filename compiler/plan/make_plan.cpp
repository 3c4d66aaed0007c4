// SPDX-License-Identifier: BSD-3-Clause
#include "plan/make_plan.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <einc/element_types.hpp>

#include "ir/constants.hpp"
#include "plan/cost.hpp"
#include "plan/layout_steps.hpp"
#include "plan/order_exact.hpp"
#include "plan/once_first.hpp"
#include "plan/plan_stream.hpp"
#include "plan/plan_value.hpp"
#include "plan/price_steps.hpp"

namespace einc::plan {
namespace {

ir::Term distinct(const ir::Term& term) {
  ir::Term result;
  for (Label label : term) {
    if (std::find(result.begin(), result.end(), label) == result.end()) result.push_back(label);
  }
  return result;
}

// What is computed with: the type of the first value that is computed.
ir::NumberKind kind_of(const ir::Expression& expression) {
  DType dtype = computed_in(expression.values[expression.outputs[0].value].dtype);
  for (const ir::Value& value : expression.values) {
    if (value.op == ir::Op::operand) continue;
    dtype = value.dtype;
    break;
  }
  return {dtype, expression.arithmetic.algebra};
}

class Planning {
 public:
  Planning(const ir::Expression& expression, const ir::Target& target, const Options& options, const OrderSources& sources)
      : expression_(expression), target_(target), model_(target, kind_of(expression)), flattening_(expression),
        given_(options, sources.saved), sharing_(expression), constants_(ir::constant_values(expression)), context_{expression, model_, options, flattening_, sources.control, 0, sources.settled, &given_}, members_(expression),
        place_(expression.values.size(), ir::no_value),
        wanted_(expression.streams.size()), stream_place_(expression.streams.size(), ir::no_value) {
    context_.constants = &constants_;
    // Shared values live longer: not for memory. Equal operands are not equal where each is cut along another label.
    if (options.objective != Objective::size && options.objective != Objective::write && expression.slices.empty() && may_share(expression)) context_.sharing = &sharing_;
    for (std::uint32_t stream = 0; stream < expression.streams.size(); ++stream)
      for (ir::ValueId input : members_.inputs(stream)) flattening_.close(input);
    for (ir::ValueId value = 0; value < expression.values.size(); ++value)
      if (members_.producer(value) != StreamMembers::none) flattening_.close(value);
  }

  ir::Plan run() {
    plan_.dtype = kind_of(expression_).dtype;
    plan_.algebra = expression_.arithmetic.algebra;
    plan_.extents = expression_.extents;
    plan_.method = "1 operand: nothing to choose";
    for (const ir::Output& output : expression_.outputs) want(output.value);
    const std::vector<ir::ValueId> order = in_order();
    share_seconds(order);
    for (ir::ValueId value : order) place_leaf(value);
    for (ir::ValueId value : order)
      if (place_[value] == ir::no_value) place(value);
    given_.finish();
    if (!plan_.streams.empty() && plan_.naive_flops == 0) plan_.method = "every contraction lies in a stream, and has two operands there";
    const auto grouped = std::count_if(order.begin(), order.end(), [&](ir::ValueId value) { return expression_.values[value].grouped; });
    if (grouped > 0) plan_.method = fmt::format("fixed by the text, which has {} group{}; outside of groups: {}", grouped, grouped == 1 ? "" : "s", plan_.method);
    for (const ir::Output& output : expression_.outputs) plan_.results.push_back({place_[output.value], distinct(output.labels)});
    if (context_.sharing != nullptr) drop_unused();
    copy_results();
    return std::move(plan_);
  }

 private:
  // A value somebody outside of its stream needs.
  void want(ir::ValueId value) {
    const std::uint32_t stream = members_.producer(value);
    if (stream == StreamMembers::none) return;
    const auto at = std::lower_bound(wanted_[stream].begin(), wanted_[stream].end(), value);
    if (at == wanted_[stream].end() || *at != value) wanted_[stream].insert(at, value);
  }

  std::vector<ir::ValueId> sources_of(ir::ValueId value) {
    const std::uint32_t stream = members_.producer(value);
    return stream != StreamMembers::none ? members_.inputs(stream) : arguments_of(context_, value);
  }

  // Every value the outputs need, what it needs before it: depth first with a stack of its own, since programs may be deep.
  std::vector<ir::ValueId> in_order() {
    std::vector<ir::ValueId> order;
    std::vector<bool> seen(expression_.values.size(), false), done(expression_.values.size(), false);
    std::vector<ir::ValueId> stack;
    for (auto output = expression_.outputs.rbegin(); output != expression_.outputs.rend(); ++output) stack.push_back(output->value);
    while (!stack.empty()) {
      const ir::ValueId value = stack.back();
      if (done[value]) {
        stack.pop_back();
        continue;
      }
      if (seen[value]) {
        done[value] = true;
        order.push_back(value);
        stack.pop_back();
        continue;
      }
      seen[value] = true;
      const std::vector<ir::ValueId> sources = sources_of(value);
      for (auto source = sources.rbegin(); source != sources.rend(); ++source) {
        want(*source);
        if (!seen[*source]) stack.push_back(*source);
      }
    }
    return order;
  }

  // What exact planning ends in no time needs no part of it.
  void share_seconds(const std::vector<ir::ValueId>& order) {
    std::size_t arguments = 0;
    for (ir::ValueId value : order) {
      if (expression_.values[value].op != ir::Op::contract) continue;
      const std::size_t count = arguments_of(context_, value).size();
      if (count > outer_product_limit) arguments += count;
    }
    context_.seconds_an_argument = context_.options.plan_seconds / static_cast<double>(std::max<std::size_t>(arguments, 1));
  }

  void place_leaf(ir::ValueId value) {
    const ir::Op op = expression_.values[value].op;
    if (op != ir::Op::operand && op != ir::Op::iota) return;
    place_[value] = static_cast<ir::PlanValue>(plan_.leaves.size());
    plan_.leaves.push_back({value, expression_.values[value].labels});
  }

  void place(ir::ValueId value) {
    const std::uint32_t stream = members_.producer(value);
    if (stream == StreamMembers::none) {
      place_[value] = plan_value(plan_, context_, value, place_);
      return;
    }
    if (stream_place_[stream] == ir::no_value) place_stream(stream);
    place_[value] = append(plan_, {.kind = ir::StepKind::part, .lhs = stream_place_[stream], .out = expression_.values[value].labels, .value = value});
  }

  void place_stream(std::uint32_t number) {
    ValueContext inside = context_;
    inside.sharing = nullptr;  // a tile's values are those of another plan
    inside.constants = nullptr;
    ir::StreamPlan stream = plan_stream(expression_, number, members_, wanted_[number], target_, inside);
    ir::Step step{.kind = ir::StepKind::stream, .out = {}, .stream = static_cast<std::uint32_t>(plan_.streams.size())};
    for (const ir::Leaf& leaf : stream.leaves) step.arguments.push_back(place_[leaf.value]);
    plan_.streams.push_back(std::move(stream));
    stream_place_[number] = append(plan_, std::move(step));
  }

  // What went into values that others had made already.
  void drop_unused() {
    const std::size_t leaves = plan_.leaves.size();
    std::vector<bool> used(leaves + plan_.steps.size(), false);
    for (const ir::PlanResult& result : plan_.results) used[result.value] = true;
    for (std::size_t index = plan_.steps.size(); index-- > 0;)
      if (used[leaves + index])
        for (ir::PlanValue read : ir::reads(plan_.steps[index])) used[read] = true;
    std::vector<ir::PlanValue> moved(used.size(), ir::no_value);
    std::vector<ir::Step> steps;
    const auto move = [&](ir::PlanValue& value) { value = value == ir::no_value ? value : moved[value]; };
    for (ir::PlanValue value = 0; value < used.size(); ++value) {
      moved[value] = value < leaves ? value : static_cast<ir::PlanValue>(leaves + steps.size());
      if (value < leaves || !used[value]) continue;
      ir::Step& step = steps.emplace_back(std::move(plan_.steps[value - leaves]));
      move(step.lhs), move(step.rhs);
      for (ir::PlanValue& argument : step.arguments) move(argument);
    }
    plan_.steps = std::move(steps);
    for (ir::PlanResult& result : plan_.results) move(result.value);
  }

  // An output is written by the step that makes it, unless somebody else reads that step's result or nothing is written at all.
  void copy_results() {
    std::vector<int> uses(plan_.leaves.size() + plan_.steps.size(), 0);
    for (const ir::Step& step : plan_.steps)
      for (ir::PlanValue read : ir::reads(step)) ++uses[read];
    for (const ir::PlanResult& result : plan_.results) ++uses[result.value];
    for (std::size_t number = 0; number < plan_.results.size(); ++number) {
      ir::PlanResult& result = plan_.results[number];
      const bool is_leaf = result.value < plan_.leaves.size();
      const bool is_iota = is_leaf && expression_.values[plan_.leaves[result.value].value].op == ir::Op::iota;
      if (is_leaf && !is_iota && plan_.labels(result.value) == result.labels) continue;  // lowering copies it
      const bool beforehand = constants_[expression_.outputs[number].value];  // then a call copies it
      if (beforehand && !is_leaf) put_in_order(plan_.steps[result.value - plan_.leaves.size()], result.labels);
      else if (!is_leaf && uses[result.value] == 1 && computes(plan_.steps[result.value - plan_.leaves.size()].kind) && !is_across(result.value)) continue;
      result.value = append(plan_, {.kind = ir::StepKind::permute, .lhs = result.value, .out = result.labels});
    }
  }

  // A product may be written in any order of its labels.
  static void put_in_order(ir::Step& step, const ir::Term& labels) {
    if (step.kind == ir::StepKind::contract) step.out = labels;
  }

  static bool computes(ir::StepKind kind) { return kind != ir::StepKind::view && kind != ir::StepKind::rename; }

  // What a stream adds up over its rows is read again and again: never the caller's array.
  bool is_across(ir::PlanValue value) const {
    const ir::Step& step = plan_.steps[value - plan_.leaves.size()];
    return step.kind == ir::StepKind::part && std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& stream) {
             return std::find(stream.across.begin(), stream.across.end(), step.value) != stream.across.end();
           });
  }

  const ir::Expression& expression_;
  const ir::Target& target_;
  CostModel model_;
  Flattening flattening_;
  GivenOrders given_;
  Sharing sharing_;
  const std::vector<bool> constants_;  // of every value
  ValueContext context_;
  StreamMembers members_;
  std::vector<ir::PlanValue> place_;                // of each value
  std::vector<std::vector<ir::ValueId>> wanted_;    // of each stream: what others need of it
  std::vector<ir::PlanValue> stream_place_;         // of each stream
  ir::Plan plan_;
};

}  // namespace

ir::Plan make_plan(const ir::Expression& expression, const ir::Target& target, const Options& options, const OrderSources& sources) {
  // The order is chosen as for one thread: then it, and every bit of the result, is the same for any number of them.
  ir::Target alone = target;
  alone.threads = 1;
  ir::Plan plan = once_first(Planning(expression, alone, options, sources).run(), expression, sources.settled != nullptr ? sources.settled->most_shared : largest_product);
  plan = layout_steps(std::move(plan), expression);
  if (sources.seconds != nullptr) plan = choose_layouts(std::move(plan), expression, *sources.seconds);
  return price_steps(std::move(plan), expression, target);
}

}  // namespace einc::plan
