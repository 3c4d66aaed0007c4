// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_search.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "plan/order_bisect.hpp"
#include "plan/order_improve.hpp"

namespace einc::plan {
namespace {

// Two searches at least: neither start is best everywhere. Greedy orders win on chains, bisection on lattices of
// hundreds of tensors and on random regular graphs of two hundred. More than sixteen only repeat themselves.
constexpr std::uint64_t least_searches = 2, most_searches = 16;

// Work for each tensor with which one search mostly ends where a longer one would: measured on random regular graphs of
// 40 and 60 tensors and on lattices of 64 and 256.
constexpr std::uint64_t tensor_work = 120'000;

// Even halves are not the best ones: lattices want nearly even ones, random graphs prefer to peel.
constexpr double imbalances[] = {0.1, 0.2, 0.05, 0.3};

}  // namespace

Found order_search(const Network& network, const CostModel& model, const SearchOptions& options) {
  const Trial greedy = order_random_greedy(network, model, {options.objective, options.greedy_trials, options.seed});
  Found found{greedy, greedy.cost};
  const std::uint64_t enough = tensor_work * std::max<std::size_t>(network.tensors.size(), 1);
  const std::uint64_t searches = std::clamp(options.work / enough, least_searches, most_searches);
  for (std::uint64_t search = 0; search < searches; ++search) {
    const bool bisects = search % 2 != 0;
    ++(bisects ? found.from_bisection : found.from_greedy);
    const std::uint64_t seed = options.seed + search;
    const Order start =
        bisects ? order_bisect(network, {.imbalance = imbalances[search / 2 % std::size(imbalances)], .seed = seed})
                : greedy.order;
    Trial trial = order_improve(network, model, start,
                                {.objective = options.objective, .work = options.work / searches, .seed = seed});
    if (trial.cost < found.trial.cost) found.trial = std::move(trial), found.bisection_won = bisects;
  }
  return found;
}

}  // namespace einc::plan
