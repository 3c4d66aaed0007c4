// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_random_greedy.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

#include "plan/order_greedy.hpp"

namespace einc::plan {
namespace {

// Tried on random regular graphs of 20 to 60 tensors and on lattices: noise of about one unit of the natural logarithm with
// heavy weights is best on average, but no single choice is best everywhere. Three times four settings take turns.
constexpr double temperatures[] = {1.0, 0.3, 0.1};
constexpr double weights[] = {4.0, 1.0, 2.0, 0.5};

}  // namespace

Trial order_random_greedy(const Network& network, const CostModel& model, const RandomGreedyOptions& options) {
  Trial best;
  best.order = order_greedy(network);
  best.cost = model.of_order(network, best.order, options.objective);
  bool countable = is_countable(network, model, best.order);
  for (int trial = 1; trial < options.trials; ++trial) {
    const auto number = static_cast<std::size_t>(trial - 1);
    Order order = order_greedy(network, {.weight = weights[number % std::size(weights)],
                                         .temperature = temperatures[number % std::size(temperatures)],
                                         .seed = options.seed + number});
    const double cost = model.of_order(network, order, options.objective);
    if (countable && cost >= best.cost) continue;
    const bool can_count = is_countable(network, model, order);
    if (can_count < countable || (can_count == countable && cost >= best.cost)) continue;
    best = {std::move(order), cost};
    countable = can_count;
  }
  return best;
}

}  // namespace einc::plan
