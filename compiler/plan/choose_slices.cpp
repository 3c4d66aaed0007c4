// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_slices.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <einc/element_types.hpp>

#include "ir/constants.hpp"
#include "plan/build_steps.hpp"
#include "plan/choose_order.hpp"
#include "plan/given_order.hpp"
#include "plan/order_bisect.hpp"
#include "plan/order_greedy.hpp"

namespace einc::plan {
namespace {

// The unit whose loops are longest: the one worth cutting.
std::optional<Unit> dearest_unit(const ir::Expression& expression) {
  std::optional<Unit> dearest;
  double most = -1;
  for (const ir::Output& output : expression.outputs)
    for (Unit& unit : flatten(expression, output.value)) {
      if (unit.arguments.size() < 2) continue;
      ir::Term all;
      for (const ir::ValueId argument : unit.arguments) all.insert(all.end(), expression.values[argument].labels.begin(), expression.values[argument].labels.end());
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
      const double positions = std::min(ir::elements(all, expression.extents), largest_product);
      if (positions > most) most = positions, dearest = std::move(unit);
    }
  return dearest;
}

// The caller's order, which is cut and not changed.
Choice given_choice(const Unit& unit, const Network& network, const CostModel& model, const Options& options, const OrderRequest& request) {
  const Steps steps = unit.arguments.size() > 2 ? GivenOrders(options, nullptr).next(unit.arguments) : Steps{};
  if (steps.empty()) return choose_order(network, model, request);
  Choice choice = pairs_of(network, steps, [&](const Network& part) { return choose_order(part, model, request); });
  choice.method = fmt::format("given: {} operands", unit.arguments.size());
  return choice;
}

// Cuts that no network asks for: of labels with the most positions, those of the first arrays first.
void cut_more(const ir::Expression& expression, const std::vector<bool>& cuttable, double wanted, std::vector<Extent>& parts) {
  double slices = 1;
  for (const Extent count : parts) slices *= static_cast<double>(count);
  while (slices < wanted) {
    Label longest = 0;
    Extent most = 1;
    for (Label label = 0; label < cuttable.size(); ++label)
      if (cuttable[label] && expression.extents[label] / parts[label] > most) most = expression.extents[label] / parts[label], longest = label;
    if (most == 1) return;
    Extent factor = 2;
    while (most % factor != 0) ++factor;
    parts[longest] *= factor;
    slices *= static_cast<double>(factor);
  }
}

}  // namespace

std::optional<SliceChoice> choose_slices(const ir::Expression& expression, const std::vector<bool>& cuttable, const ir::Target& target, const Options& options,
                                         const SliceOptions& wanted, const SearchControl* control) {
  SliceChoice choice{std::vector<Extent>(expression.extents.size(), 1), {}, 1, 0, {}};
  const std::optional<Unit> unit = dearest_unit(expression);
  if (unit) {
    ir::Target alone = target;  // as make_plan() does: for any number of threads the same
    alone.threads = 1;
    const CostModel model(alone, {computed_in(expression.values[unit->value].dtype), expression.arithmetic.algebra});
    std::vector<ir::Term> arguments;
    for (const ir::ValueId argument : unit->arguments) arguments.push_back(expression.values[argument].labels);
    const auto [network, labels] = number_network(arguments, unit->labels, expression.extents, constants_of(ir::constant_values(expression), unit->arguments));
    Cuttable cut;
    for (const Label label : labels) cut.extents.push_back(cuttable[label] ? expression.extents[label] : 1);
    OrderRequest request{options.planner, options.effort, options.objective, options.plan_seconds / 2, options.seed, control};
    const bool given = !options.order.empty();
    const Choice whole = given ? given_choice(*unit, network, model, options, request) : choose_order(network, model, request);
    std::vector<Order> starts{whole.order};
    if (network.tensors.size() > 2 && wanted.reorder) {
      request.objective = Objective::size;
      starts.push_back(choose_order(network, model, request).order);
      if (!bisection_by().empty())
        for (const double imbalance : {0.1, 0.3, 0.2, 0.05}) starts.push_back(order_bisect(network, {.imbalance = imbalance, .seed = wanted.seed}));
    }
    const std::optional<SlicedOrder> found = order_slice(network, model, starts, cut, wanted);
    if (!found && wanted.most_live < std::numeric_limits<double>::infinity()) return {};
    if (found) {
      choice.live = found->live;
      for (std::size_t at = 0; at < labels.size(); ++at) choice.parts[labels[at]] = found->parts[at];
      const double before = model.of_order(network, whole.order, Objective::flops);
      choice.overhead = before > 0 ? found->flops / before : 1;
      choice.settled = {{{unit->value, found->order}}, found->most_shared};
      choice.method = fmt::format("{}; cut into {:.6g} slices, which cost {:.3g} times the flops of {}", whole.method, found->slices, choice.overhead, given ? "that order uncut" : "the fastest order");
    }
  }
  cut_more(expression, cuttable, wanted.least_slices, choice.parts);
  double slices = 1;
  for (const Extent count : choice.parts) slices *= static_cast<double>(count);
  if (slices < wanted.least_slices) return {};
  return choice;
}

SliceChoice cut_all(const ir::Expression& expression, const std::vector<bool>& cuttable, const Options& options) {
  SliceChoice choice{std::vector<Extent>(expression.extents.size(), 1), {}, 1, 0, {}};
  for (Label label = 0; label < cuttable.size(); ++label)
    if (cuttable[label]) choice.parts[label] = expression.extents[label];
  const std::optional<Unit> unit = dearest_unit(expression);
  if (unit && options.planner == Planner::automatic && options.order.empty()) {
    Order order;  // what is made meets the next operand: two intermediates at a time
    const auto count = static_cast<std::uint32_t>(unit->arguments.size());
    for (std::uint32_t next = 1; next < count; ++next) order.push_back(next == 1 ? Pair{0, 1} : Pair{next, count + next - 2});
    choice.settled.orders.emplace(unit->value, std::move(order));
  }
  choice.method = "every label that may be cut is cut to single positions";
  return choice;
}

}  // namespace einc::plan
