// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/order_bisect.hpp"
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

// Of a search by time, what the exact planner may take before it; a pair takes about so long.
constexpr double share_of_exact = 0.1, pair_seconds = 30e-9;
constexpr std::uint64_t least_exact_work = 20'000;  // enough for all orders of outer_product_limit operands

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

std::uint64_t exact_limit(const OrderRequest& request) {
  if (request.planner == Planner::exact) return exact_work;
  if (request.seconds > 0) return static_cast<std::uint64_t>(std::clamp(request.seconds * share_of_exact / pair_seconds, double{least_exact_work}, double{best_exact_work}));
  return request.effort == Effort::best ? best_exact_work : automatic_work;
}

// The exact planner's pairs are what it may look at: it gives up earlier when it sees that they will not do.
std::string spell_too_many(std::size_t tensors, std::uint64_t limit) {
  return fmt::format("{} operands are too many to look at every order in {} pairs", tensors, spell(limit));
}

std::string spell_search(std::string text, int trials, const Found& found) {
  const std::string bisections = bisection_by().empty() ? "none from bisection, which needs a build with METIS" : fmt::format("{} from bisection by {}", found.rounds[1], bisection_by());
  text = fmt::format("search: {}; improved {} from greedy, {}, {} from a front{}; ", text, found.rounds[0], bisections, found.rounds[2],
                     found.stopped ? ", then stopped by whoever watched" : "");
  if (!found.beats_greedy) return text + fmt::format("none beats the best of {} greedy trials", trials);
  constexpr std::string_view names[] = {"greedy", "bisection", "a front"};
  return text + fmt::format("one from {} wins: {:.3g} % of the cost of the best of {} greedy trials", names[static_cast<std::size_t>(found.won)],
                            100 * found.trial.cost / found.greedy_cost, trials);
}

// The search of Effort::balanced, and with more effort a longer one after it, which need not end lower. `to_beat` is a
// cost that ends the search when the first one does not get below it.
Found search_by_work(const Network& network, const CostModel& model, SearchOptions options, Effort effort, double to_beat) {
  options.work = balanced_work;
  Found found = order_search(network, model, options);
  if (effort != Effort::best || found.trial.cost >= to_beat || found.stopped) return found;
  options.work = best_work;
  options.seed += 1;
  Found longer = order_search(network, model, options);
  for (std::size_t start = 0; start < longer.rounds.size(); ++start) longer.rounds[start] += found.rounds[start];
  if (found.trial.cost < longer.trial.cost) longer.trial = std::move(found.trial), longer.won = found.won, longer.beats_greedy = found.beats_greedy;
  return longer;
}

Found search(const Network& network, const CostModel& model, const OrderRequest& request, int trials, double passed, double to_beat) {
  SearchOptions options{.objective = request.objective, .greedy_trials = trials, .seed = request.seed, .control = request.control};
  if (request.seconds == 0) return search_by_work(network, model, options, request.effort, to_beat);
  options.seconds = request.seconds;
  options.passed = passed;
  return order_search(network, model, options);
}

}  // namespace

Choice choose_order(const Network& network, const CostModel& any_labels, const OrderRequest& request) {
  const CostModel model = any_labels.for_labels(network.extents);
  const std::size_t count = network.tensors.size();
  const Objective objective = request.objective;
  if (count == 2) return {{{0, 1}}, "2 operands: one order"};
  if (request.planner == Planner::left_to_right) {
    return {order_left_to_right(network), fmt::format("left to right: {} operands as written", count)};
  }
  if (request.planner == Planner::greedy) return {order_greedy(network), fmt::format("greedy: {} operands", count)};
  const std::uint64_t limit = exact_limit(request);
  const auto start = std::chrono::steady_clock::now();
  std::optional<Exact> exact = order_exact(network, model, {.objective = objective, .work_limit = limit});
  // Above outer_product_limit the exact planner leaves orders out, so that a search may end lower. It never does better for
  // less effort: where `balanced` searches, `best` does so too.
  const bool by_time = request.seconds > 0;
  const bool searches = request.planner == Planner::automatic && (by_time || (request.effort != Effort::fast && can_improve(network)));
  const bool may_be_beaten = searches && (by_time || request.effort == Effort::best) && count > outer_product_limit;
  if (exact && !may_be_beaten) return {std::move(exact->order), spell_exact(count, exact->pairs)};
  const int trials = static_cast<int>(std::clamp<std::size_t>(greedy_tensors / count, 1, most_trials));
  Trial trial;
  if (!searches) trial = order_random_greedy(network, model, {.objective = objective, .trials = trials});
  // An order that nobody can run is worth a search at any effort.
  if (searches || (can_improve(network) && !is_countable(network, model, trial.order))) {
    const double exact_cost = exact ? model.of_order(network, exact->order, objective) : std::numeric_limits<double>::infinity();
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Found found = search(network, model, request, trials, passed, exact_cost);
    if (exact && exact_cost <= found.trial.cost) return {std::move(exact->order), spell_exact(count, exact->pairs)};
    std::string method = spell_search(spell_too_many(count, limit), found.greedy_trials, found);
    return {std::move(found.trial.order), std::move(method)};
  }
  const std::string tried = trials == 1 ? "" : fmt::format(", best of {} trials", trials);
  return {std::move(trial.order), fmt::format("greedy: {}{}", spell_too_many(count, limit), tried)};
}

}  // namespace einc::plan
