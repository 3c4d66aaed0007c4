// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_random_greedy.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "plan/order_greedy.hpp"

namespace einc::plan {
namespace {

// Tried on random regular graphs of 20 to 60 tensors and on lattices: noise of about one unit of the natural logarithm
// with heavy weights is best on average, but no single choice is best everywhere. Three times four settings take turns.
constexpr double temperatures[] = {1.0, 0.3, 0.1};
constexpr double weights[] = {4.0, 1.0, 2.0, 0.5};

}  // namespace

Trial order_random_greedy(const Network& network, const CostModel& model, const RandomGreedyOptions& options) {
  Greedy greedy(network);
  Trial best;
  bool countable = false;
  for (int trial = 0; trial < std::max(options.trials, 1); ++trial) {
    const auto number = static_cast<std::size_t>(trial - 1);
    GreedyOptions settings;
    if (trial > 0) {
      settings = {.weight = weights[number % std::size(weights)],
                  .temperature = temperatures[number % std::size(temperatures)],
                  .seed = options.seed + number};
      if (!network.constant.empty()) {  // every other trial gathers the constants first, beginning with one that leaves nothing to luck
        settings.constants_first = (number + number / std::size(weights)) % 2 == 0;
        if (trial == 1) settings.weight = 1, settings.temperature = 0;
      }
    }
    double cost = 0, largest = 0;
    const bool ended = greedy.run(settings, [&](const Loops& loops) {
      cost = combine(cost, model.of_pair(loops, options.objective), options.objective);
      largest = std::max(largest, model.of_pair(loops, Objective::size));
      // Both only grow: what is no better now will never be.
      return trial == 0 || (countable ? cost < best.cost && largest <= countable_elements
                                      : largest <= countable_elements || cost < best.cost);
    });
    if (!ended) continue;
    const bool can_count = largest <= countable_elements;
    if (trial > 0 && can_count == countable && cost >= best.cost) continue;
    best = {greedy.order(), cost};
    countable = can_count;
  }
  return best;
}

}  // namespace einc::plan
