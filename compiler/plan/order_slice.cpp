// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_slice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/noise.hpp"
#include "plan/order_improve.hpp"
#include "plan/sliced_network.hpp"

namespace einc::plan {
namespace {

// The different prime factors of what is left of a label: it is cut by one of them at a time.
std::vector<Extent> prime_factors(Extent left) {
  std::vector<Extent> factors;
  for (Extent factor = 2; factor * factor <= left; ++factor) {
    if (left % factor != 0) continue;
    factors.push_back(factor);
    while (left % factor == 0) left /= factor;
  }
  if (left > 1) factors.push_back(left);
  return factors;
}

// A cut that costs nothing is not worth more than one that costs so much, as a logarithm: what counts then is what it brings.
constexpr double cost_of_cut = 0.1;

// After so many times as many slices the order is improved for the shorter extents.
constexpr double improve_after = 4;

// The work of one such improvement, as a share of all work of one start.
constexpr std::uint64_t improvements = 8;

// While labels are cut, results are kept for all slices up to this part of what may be alive: larger ones would stand in the way of
// what cutting is for. Once it fits, more is kept if there is room.
constexpr double shared_while_cutting = 32;

// Each start is tried so often: once with the cuts that look best, then with luck among those that look nearly as good.
constexpr std::size_t tries_of_start = 8, most_improved = 12;
constexpr double luck = 0.5, cuts_of_try = 20;

// A try with less work than this for each tensor improves nothing.
constexpr std::uint64_t work_of_tensor = 20'000;

// Twice as much alive as may be makes an order so many times dearer, as a power of two.
constexpr double price_of_memory = 0.7;

class Slicing {
 public:
  Slicing(const Network& network, const CostModel& model, const Cuttable& cuttable, const SliceOptions& options, std::uint64_t work, std::uint64_t seed, double temperature)
      : network_(network), model_(model), cuttable_(cuttable), options_(options), work_(work), seed_(seed), temperature_(temperature), noise_(seed) {}

  std::optional<SlicedOrder> from(const Order& start) {
    parts_.assign(network_.extents.size(), 1);
    most_shared_ = options_.most_live / shared_while_cutting;
    Order order = options_.reorder ? lean_order(network_, start) : start;
    double improved_at = 1;
    for (;;) {
      SlicedNetwork sliced(network_, model_, order, parts_, limits());
      while (!is_enough(sliced.now()) && sliced.now().slices < improved_at * improve_after)
        if (!cut_once(sliced)) return {};
      parts_ = sliced.parts();
      const bool done = is_enough(sliced.now());
      order = improved(order, sliced.now());
      improved_at = sliced.now().slices;
      if (done) return finish(order);
    }
  }

 private:
  SlicedNetwork::Figures figures_of(const Order& order, const std::vector<Extent>& parts) const {
    return SlicedNetwork(network_, model_, order, parts, limits()).now();
  }
  SlicedNetwork::Limits limits() const { return {options_.most_live, most_shared_, options_.partials}; }
  // What it costs in the end, about, once it has been cut until it fits.
  double merit(const SlicedNetwork::Figures& figures) const {
    return figures.cost * std::pow(std::max(1.0, figures.live / options_.most_live), price_of_memory);
  }

  bool is_enough(const SlicedNetwork::Figures& figures) const { return figures.live <= options_.most_live && figures.slices >= options_.least_slices; }

  // The cut that costs least for what it brings: fewer live elements while there are too many, else more slices.
  bool cut_once(SlicedNetwork& sliced) {
    const SlicedNetwork::Figures now = sliced.now();
    const bool for_memory = now.live > options_.most_live;
    double best = std::numeric_limits<double>::infinity();
    Label best_label = 0;
    Extent best_factor = 0;
    for (Label label = 0; label < cuttable_.extents.size(); ++label) {
      for (const Extent factor : prime_factors(cuttable_.extents[label] / sliced.parts()[label])) {
        const SlicedNetwork::Figures then = sliced.with(label, factor);
        const double dearer = std::log(std::max(then.cost, 1e-300) / std::max(now.cost, 1e-300));
        const double gained = for_memory ? now.excess - then.excess : std::log(static_cast<double>(factor));
        // What does not help now may help beside another cut: it comes last, the cheapest first.
        double score = gained > 1e-9 ? (std::max(dearer, 0.0) + cost_of_cut) / gained : 1e6 + dearer;
        if (temperature_ > 0) score *= std::pow(noise_.uniform(), -temperature_);
        if (score < best) best = score, best_label = label, best_factor = factor;
      }
    }
    if (best_factor == 0) return false;
    sliced.cut(best_label, best_factor);
    return true;
  }

  // The order made better for the parts as they are now, where what it needs stays within what it needed or may need.
  Order improved(const Order& order, const SlicedNetwork::Figures& now) const {
    const Network part = part_of(network_, parts_);
    if (work_ == 0 || !can_improve(part)) return order;
    Order best = order;
    double least = merit(now);
    for (const Objective objective : {Objective::seconds, Objective::write}) {
      Order other = lean_order(part, order_improve(part, model_, order, {.objective = objective, .work = work_ / improvements, .seed = seed_}).order);
      const double there = merit(figures_of(other, parts_));
      if (there < least) least = there, best = std::move(other);
    }
    return best;
  }

  // Cuts that later ones made needless are undone.
  SlicedOrder finish(Order order) {
    for (bool undone = true; undone;) {
      undone = false;
      for (std::size_t label = 0; label < parts_.size(); ++label) {
        for (const Extent factor : prime_factors(parts_[label])) {
          std::vector<Extent> fewer = parts_;
          fewer[label] /= factor;
          const SlicedNetwork::Figures then = figures_of(order, fewer);
          if (!is_enough(then) || then.cost > figures_of(order, parts_).cost) continue;
          parts_ = std::move(fewer);
          undone = true;
          break;
        }
      }
    }
    SlicedNetwork::Figures figures = figures_of(order, parts_);
    double most_shared = most_shared_;
    for (const double share : {std::numeric_limits<double>::infinity(), 0.5, 0.2, 0.1}) {
      most_shared_ = options_.most_live * share;
      const SlicedNetwork::Figures then = figures_of(order, parts_);
      if (is_enough(then) && then.cost < figures.cost) figures = then, most_shared = most_shared_;
    }
    return {std::move(order), parts_, figures.slices, most_shared, figures.cost, figures.flops, figures.live};
  }

  const Network& network_;
  const CostModel& model_;
  const Cuttable& cuttable_;
  const SliceOptions& options_;
  std::uint64_t work_, seed_;
  double temperature_;
  Noise noise_;
  std::vector<Extent> parts_;
  double most_shared_ = 0;
};

}  // namespace

std::optional<SlicedOrder> order_slice(const Network& network, const CostModel& model, const std::vector<Order>& starts, const Cuttable& cuttable,
                                       const SliceOptions& options) {
  // Cutting is quick beside improving orders: it is tried often, and what promises most is gone through again with all the work.
  struct Try {
    double cost;
    std::size_t number;
  };
  std::vector<Try> tries;
  std::optional<SlicedOrder> best;
  const auto run = [&](std::size_t number, std::uint64_t work) {
    const double temperature = number < starts.size() ? 0 : luck;
    std::optional<SlicedOrder> found = Slicing(network, model, cuttable, options, work, options.seed + number, temperature).from(starts[number % starts.size()]);
    const double cost = found ? found->cost : std::numeric_limits<double>::infinity();
    if (found && (!best || cost < best->cost)) best = std::move(found);
    return cost;
  };
  // One try asks what each label would come to, for each of its cuts: about so many units of work.
  const double work_of_try = 0.3 * static_cast<double>(network.tensors.size()) * static_cast<double>(network.extents.size()) * cuts_of_try;
  const auto affordable = static_cast<std::size_t>(std::clamp(static_cast<double>(options.work) / work_of_try, 1.0, 1e6));
  const std::size_t count = options.reorder ? std::min(starts.size() * tries_of_start, std::max(affordable, starts.size())) : starts.size();
  for (std::size_t number = 0; number < count; ++number) tries.push_back({run(number, 0), number});
  if (!options.reorder || !can_improve(network)) return best;
  std::stable_sort(tries.begin(), tries.end(), [](const Try& x, const Try& y) { return x.cost < y.cost; });
  const auto improved = std::min<std::size_t>({tries.size(), most_improved, 1 + options.work / (work_of_tensor * network.tensors.size())});
  for (std::size_t at = 0; at < improved; ++at) run(tries[at].number, options.work / improved);
  return best;
}

}  // namespace einc::plan
