// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_search.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "plan/noise.hpp"
#include "plan/order_bisect.hpp"
#include "plan/order_front.hpp"
#include "plan/order_greedy.hpp"
#include "plan/order_improve.hpp"
#include "plan/search_watch.hpp"

namespace einc::plan {
namespace {

// One round of each kind at least. More than eight of each only repeat themselves.
constexpr std::uint64_t least_rounds = 3, most_rounds = 24;

// Work of a round for each tensor. Rounds three and nine times as long end lower one by one, but not as low as the best of as many more
// short ones in the same time: measured on lattices of 64, 216 and 256 tensors, circuits of 283 and 392, random regular graphs of 200.
constexpr std::uint64_t tensor_work = 45'000;

// A search by time does rounds of that work, or shorter ones, so that one thread does six; its work of a second is about so much.
constexpr double work_a_second = 2e8, rounds_in_time = 6;

// Of that time the greedy trials before the first round may take a tenth; one takes about so long for each tensor.
constexpr double share_of_trials = 0.1, trial_seconds = 3e-6;

// Rounds that end at the same least cost, after which a search by time takes it for the least there is.
constexpr int same_ends = 32;

// Even halves are not the best ones: lattices want nearly even ones, random graphs prefer to peel.
constexpr double imbalances[] = {0.1, 0.2, 0.05, 0.3};

// Fronts that are looked at for one round. Without noise they go straight, which lattices like and random graphs do not.
constexpr std::uint32_t most_fronts = 32;
constexpr double front_temperatures[] = {0.0, 0.3};

bool by_time(const SearchOptions& options) { return options.seconds > 0; }

class Search {
 public:
  Search(const Network& network, const CostModel& model, const SearchOptions& options)
      : network_(network), model_(model), options_(options), round_work_(work_of_round()),
        rounds_(by_time(options) ? std::numeric_limits<std::uint64_t>::max() : std::clamp(options.work / enough(), least_rounds, most_rounds)),
        watch_(by_time(options) ? std::max(options.seconds - options.passed, 1e-9) : 0, by_time(options) ? 0 : options.work, options.control != nullptr ? &options.control->progress : nullptr) {}

  Found run() {
    const Trial greedy = order_random_greedy(network_, model_, {options_.objective, greedy_trials(), options_.seed});
    found_.trial = greedy;
    found_.greedy_cost = greedy.cost;
    found_.greedy_trials = greedy_trials();
    greedy_ = &greedy;
    countable_ = is_countable(network_, model_, greedy.order);
    watch_.round_ended(greedy.cost);
    if (greedy.order.size() < 2) return found_;
    const std::uint64_t threads = options_.control != nullptr && options_.control->in_parallel ? static_cast<std::uint64_t>(std::max(options_.control->workers, 1)) : 1;
    const int workers = static_cast<int>(std::min(threads, rounds_.load()));
    if (workers > 1) options_.control->in_parallel(workers, [&] { work(); });
    else work();
    found_.beats_greedy = best_round_ != greedy_round;
    found_.stopped = watch_.was_stopped();
    return std::move(found_);
  }

 private:
  std::uint64_t enough() const { return tensor_work * std::max<std::size_t>(network_.tensors.size(), 1); }

  std::uint64_t work_of_round() const {
    if (by_time(options_)) return std::min(enough(), static_cast<std::uint64_t>(std::min(options_.seconds, 1e6) * work_a_second / rounds_in_time));
    return options_.work / std::clamp(options_.work / enough(), least_rounds, most_rounds);
  }

  int greedy_trials() const {
    if (!by_time(options_)) return options_.greedy_trials;
    const double trials = share_of_trials * options_.seconds / (trial_seconds * static_cast<double>(network_.tensors.size() + 1));
    return static_cast<int>(std::clamp(trials, 1.0, static_cast<double>(options_.greedy_trials)));
  }

  // What every worker does: the next round that nobody has begun, until there is none or time is over.
  void work() {
    try {
      while (!watch_.is_over()) {
        const std::uint64_t round = next_.fetch_add(1);
        if (round >= rounds_) return;
        const Start start = starts_[round % starts_.size()];
        keep(round, start, run_round(round, start));
      }
    } catch (...) {
      watch_.stop();
      throw;
    }
  }

  Trial run_round(std::uint64_t round, Start start) const {
    const std::uint64_t seed = Noise(Noise(options_.seed).bits() + round).bits();
    if (!can_improve(network_)) {
      Order order = order_greedy(network_, {.weight = 1 + static_cast<double>(round % 4), .temperature = 0.3, .seed = seed});
      const double cost = model_.of_order(network_, order, options_.objective);
      return {std::move(order), cost};
    }
    return order_improve(network_, model_, start_of(round / starts_.size(), start, seed), {options_.objective, round_work_, seed, &watch_});
  }

  // `number`: how many rounds of its kind came before.
  Order start_of(std::uint64_t number, Start start, std::uint64_t seed) const {
    switch (start) {
      case Start::bisection: return order_bisect(network_, {.imbalance = imbalances[number % std::size(imbalances)], .seed = seed});
      case Start::front: return best_front(front_temperatures[number % std::size(front_temperatures)], seed);
      case Start::greedy: break;
    }
    if (number == 0) return greedy_->order;
    return order_random_greedy(network_, model_, {options_.objective, 8, seed}).order;
  }

  Order best_front(double temperature, std::uint64_t seed) const {
    Noise noise(seed);
    const auto count = static_cast<std::uint32_t>(network_.tensors.size());
    Trial best{{}, std::numeric_limits<double>::infinity()};
    for (std::uint32_t front = 0; front < std::min(count, most_fronts); ++front) {
      Order order = order_front(network_, {.first = noise.below(count), .temperature = temperature, .seed = seed + front});
      const double cost = model_.of_order(network_, order, options_.objective);
      if (front == 0 || cost < best.cost) best = {std::move(order), cost};
    }
    return std::move(best.order);
  }

  // Orders that can be counted come first, as in order_random_greedy; of them the least cost, and of equal ones the earliest round.
  bool is_better(const Trial& trial, std::uint64_t round) {
    const bool countable = is_countable(network_, model_, trial.order);
    if (countable != countable_) {
      countable_ = true;
      return countable;
    }
    if (trial.cost == found_.trial.cost) return best_round_ != greedy_round && round < best_round_;
    return trial.cost < found_.trial.cost;
  }

  void keep(std::uint64_t round, Start start, Trial trial) {
    watch_.round_ended(trial.cost);
    const std::lock_guard lock(mutex_);
    ++found_.rounds[static_cast<std::size_t>(start)];
    if (trial.cost < found_.trial.cost * (1 - 1e-9)) same_ = 0;
    if (trial.cost <= found_.trial.cost * (1 + 1e-9) && ++same_ >= same_ends && by_time(options_)) rounds_ = 0;
    if (!is_better(trial, round)) return;
    found_.trial = std::move(trial);
    found_.won = start;
    best_round_ = round;
  }

  const Network& network_;
  const CostModel& model_;
  const SearchOptions& options_;
  const std::uint64_t round_work_;
  const std::vector<Start> starts_ = bisection_by().empty() ? std::vector{Start::front, Start::greedy} : std::vector{Start::bisection, Start::front, Start::greedy};
  std::atomic<std::uint64_t> rounds_, next_ = 0;
  mutable SearchWatch watch_;
  const Trial* greedy_ = nullptr;  // the start of the first greedy round
  std::mutex mutex_;               // of what follows
  Found found_;
  static constexpr std::uint64_t greedy_round = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t best_round_ = greedy_round;
  bool countable_ = false;  // the best order so far
  int same_ = 0;  // rounds that ended at the least cost so far
};

}  // namespace

Found order_search(const Network& network, const CostModel& model, const SearchOptions& options) { return Search(network, model, options).run(); }

}  // namespace einc::plan
