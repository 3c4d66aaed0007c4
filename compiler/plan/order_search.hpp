// order_search.hpp: looks for a good order of a network too large for the exact planner: rounds, each of which improves a start of
// one of three kinds. Knows how to share work among rounds and workers; not how any of them goes about it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "plan/cost.hpp"
#include "plan/network.hpp"
#include "plan/order_random_greedy.hpp"
#include "plan/search_control.hpp"

namespace einc::plan {

// Where a round begins. No kind is best everywhere: greedy orders win on chains and shallow circuits, bisection on lattices of hundreds
// of tensors and on random regular graphs of two hundred, a front on lattices of three directions and deep circuits.
enum class Start : std::uint8_t { greedy, bisection, front };

struct SearchOptions {
  Objective objective = Objective::seconds;
  int greedy_trials = 32;           // the best of them is a start, and the cost to beat
  std::uint64_t work = 10'000'000;  // of all rounds together; a unit is some 5 ns
  double seconds = 0;               // in place of work: rounds until so much time is over; 0: by work
  double passed = 0;                // of these seconds, before the search began
  std::uint64_t seed = 0;           // equal seeds give equal orders, for any number of workers, unless time or somebody ends the search
  const SearchControl* control = nullptr;
};

struct Found {
  Trial trial;
  double greedy_cost = 0;             // of the best greedy order: the trial's is no higher
  int greedy_trials = 0;              // it is the best of so many
  std::array<int, 3> rounds{};        // that ended, by their start
  bool beats_greedy = false;          // then:
  Start won = Start::greedy;          // where the trial began
  bool stopped = false;               // by whoever watched, before its end
};

Found order_search(const Network& network, const CostModel& model, const SearchOptions& options = {});

}  // namespace einc::plan
