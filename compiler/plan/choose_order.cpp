// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/order_exact.hpp"
#include "plan/order_greedy.hpp"
#include "plan/order_improve.hpp"
#include "plan/order_left_to_right.hpp"
#include "plan/order_random_greedy.hpp"
#include "plan/order_search.hpp"

namespace einc::plan {
namespace {

// Work is counted in pairs, not timed, so that a plan does not depend on the load of the machine. Measured at 20 to 40 ns a
// pair: `automatic` spends at most some 40 ms before greedy takes over, who asks for `exact` by name waits longer.
constexpr std::uint64_t automatic_work = 1'000'000, best_exact_work = 4'000'000, exact_work = 2'000'000'000;
constexpr std::uint64_t balanced_work = 10'000'000, best_work = 150'000'000;  // of searches, after that

// Greedy trials when there are too many tensors for the exact planner. One tensor of a trial takes 1 to 4 us.
constexpr std::size_t greedy_tensors = 6000, most_trials = 128;

std::string spell(std::uint64_t count) { return count < 1'000'000 ? fmt::to_string(count) : fmt::format("{:.3g} million", static_cast<double>(count) * 1e-6); }

// How many orders a network of a few tensors has: 1 * 3 * 5 * ... * (2n - 3).
std::uint64_t count_orders(std::size_t tensors) {
  std::uint64_t orders = 1;
  for (std::uint64_t factor = 3; factor <= 2 * tensors - 3; factor += 2) orders *= factor;
  return orders;
}

std::string spell_exact(std::size_t tensors, std::uint64_t pairs) {
  if (tensors > outer_product_limit) return fmt::format("exact: {} operands, {} pairs looked at", tensors, spell(pairs));
  return fmt::format("exact: {} operands, best of {} orders, {} pairs looked at", tensors, count_orders(tensors), spell(pairs));
}

std::uint64_t exact_limit(Planner planner, Effort effort) {
  if (planner == Planner::exact) return exact_work;
  return effort == Effort::best ? best_exact_work : automatic_work;
}

// The exact planner's pairs are what it may look at: it gives up earlier when it sees that they will not do.
std::string spell_too_many(std::size_t tensors, std::uint64_t limit) {
  return fmt::format("{} operands are too many to look at every order in {} pairs", tensors, spell(limit));
}

std::string spell_search(std::string text, int trials, const Found& found) {
  text = fmt::format("search: {}; improved {} from greedy, {} from bisection; ", text, found.from_greedy, found.from_bisection);
  if (!(found.trial.cost < found.greedy_cost)) return text + fmt::format("none beats the best of {} greedy trials", trials);
  return text + fmt::format("one from {} wins: {:.3g} % of the time of the best of {} greedy trials",
                            found.bisection_won ? "bisection" : "greedy", 100 * found.trial.cost / found.greedy_cost, trials);
}

// The search of Effort::balanced, and with more effort a longer one after it, which need not end lower. `to_beat` is a
// cost that ends the search when the first one does not get below it.
Found search(const Network& network, const CostModel& model, SearchOptions options, Effort effort, double to_beat) {
  options.work = balanced_work;
  Found found = order_search(network, model, options);
  if (effort != Effort::best || found.trial.cost >= to_beat) return found;
  options.work = best_work;
  Found longer = order_search(network, model, options);
  longer.from_greedy += found.from_greedy;
  longer.from_bisection += found.from_bisection;
  if (found.trial.cost < longer.trial.cost) longer.trial = std::move(found.trial), longer.bisection_won = found.bisection_won;
  return longer;
}

}  // namespace

Choice choose_order(const Network& network, const CostModel& model, Planner planner, Effort effort, Objective objective) {
  const std::size_t count = network.tensors.size();
  if (count == 2) return {{{0, 1}}, "2 operands: one order"};
  if (planner == Planner::left_to_right) {
    return {order_left_to_right(network), fmt::format("left to right: {} operands as written", count)};
  }
  if (planner == Planner::greedy) return {order_greedy(network), fmt::format("greedy: {} operands", count)};
  const std::uint64_t limit = exact_limit(planner, effort);
  std::optional<Exact> exact = order_exact(network, model, {.objective = objective, .work_limit = limit});
  // Above outer_product_limit the exact planner leaves orders out, so that a search may end lower. It never does better for
  // less effort: where `balanced` searches, `best` does so too.
  const bool searches = planner == Planner::automatic && effort != Effort::fast && can_improve(network);
  const bool may_be_beaten = searches && effort == Effort::best && count > outer_product_limit;
  if (exact && !may_be_beaten) return {std::move(exact->order), spell_exact(count, exact->pairs)};
  const int trials = static_cast<int>(std::clamp<std::size_t>(greedy_tensors / count, 1, most_trials));
  Trial trial;
  if (!searches) trial = order_random_greedy(network, model, {.objective = objective, .trials = trials});
  // An order that nobody can run is worth a search at any effort.
  if (searches || (can_improve(network) && !is_countable(network, model, trial.order))) {
    const double exact_cost = exact ? model.of_order(network, exact->order, objective) : std::numeric_limits<double>::infinity();
    Found found = search(network, model, {.objective = objective, .greedy_trials = trials}, effort, exact_cost);
    if (exact && exact_cost <= found.trial.cost) return {std::move(exact->order), spell_exact(count, exact->pairs)};
    std::string method = spell_search(spell_too_many(count, limit), trials, found);
    return {std::move(found.trial.order), std::move(method)};
  }
  const std::string tried = trials == 1 ? "" : fmt::format(", best of {} trials", trials);
  return {std::move(trial.order), fmt::format("greedy: {}{}", spell_too_many(count, limit), tried)};
}

}  // namespace einc::plan
