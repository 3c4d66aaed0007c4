// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "plan/order_exact.hpp"
#include "plan/order_greedy.hpp"
#include "plan/order_left_to_right.hpp"
#include "plan/order_random_greedy.hpp"

namespace einc::plan {
namespace {

// Work is counted, not timed, so that a plan does not depend on the load of the machine. Measured at about 10 ns a unit:
// `automatic` spends at most some 20 ms before greedy takes over, who asks for `exact` by name waits longer.
constexpr std::uint64_t automatic_work = 2'000'000, exact_work = 2'000'000'000;

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

}  // namespace

Choice choose_order(const Network& network, const CostModel& model, Planner planner) {
  const std::size_t count = network.tensors.size();
  if (count == 2) return {{{0, 1}}, "2 operands: one order"};
  if (planner == Planner::left_to_right) {
    return {order_left_to_right(network), fmt::format("left to right: {} operands as written", count)};
  }
  if (planner == Planner::greedy) return {order_greedy(network), fmt::format("greedy: {} operands", count)};
  const std::uint64_t limit = planner == Planner::exact ? exact_work : automatic_work;
  if (std::optional<Exact> exact = order_exact(network, model, {.work_limit = limit})) {
    return {std::move(exact->order), spell_exact(count, exact->pairs)};
  }
  const int trials = static_cast<int>(std::clamp<std::size_t>(greedy_tensors / count, 1, most_trials));
  Trial trial = order_random_greedy(network, model, {.trials = trials});
  const std::string tried = trials == 1 ? "" : fmt::format(", best of {} trials", trials);
  return {std::move(trial.order), fmt::format("greedy: {} operands are too many to look at every order{}", count, tried)};
}

}  // namespace einc::plan
