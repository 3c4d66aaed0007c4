// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_slice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

// After so many times as many slices the order is improved for the shorter extents.
constexpr double improve_after = 8;

// The work of one such improvement, as a share of all work of one start.
constexpr std::uint64_t improvements = 8;

class Slicing {
 public:
  Slicing(const Network& network, const CostModel& model, const Cuttable& cuttable, const SliceOptions& options, std::uint64_t work)
      : network_(network), model_(model), cuttable_(cuttable), options_(options), work_(work) {}

  std::optional<SlicedOrder> from(const Order& start) {
    parts_.assign(network_.extents.size(), 1);
    Order order = lean_order(network_, start);
    double improved_at = 1;
    for (;;) {
      SlicedNetwork sliced(network_, model_, order, parts_, options_.partials);
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
  bool is_enough(const SlicedNetwork::Figures& figures) const { return figures.live <= options_.most_live && figures.slices >= options_.least_slices; }

  // The cut that costs least for what it brings: fewer live elements while there are too many, else more slices.
  bool cut_once(SlicedNetwork& sliced) const {
    const SlicedNetwork::Figures now = sliced.now();
    const bool for_memory = now.live > options_.most_live;
    double best = std::numeric_limits<double>::infinity();
    Label best_label = 0;
    Extent best_factor = 0;
    for (Label label = 0; label < cuttable_.extents.size(); ++label) {
      for (const Extent factor : prime_factors(cuttable_.extents[label] / sliced.parts()[label])) {
        const SlicedNetwork::Figures then = sliced.with(label, factor);
        const double dearer = std::log(std::max(then.cost, 1e-300) / std::max(now.cost, 1e-300));
        const double gained = for_memory ? std::log(std::max(now.live, 1.0) / std::max(then.live, 1.0)) : std::log(static_cast<double>(factor));
        // What does not help now may help beside another cut: it comes last, the cheapest first.
        const double score = gained > 1e-9 ? dearer / gained : 1e6 + dearer;
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
    if (!can_improve(part)) return order;
    Trial trial = order_improve(part, model_, order, {.work = work_ / improvements, .seed = options_.seed});
    trial.order = lean_order(part, trial.order);
    const SlicedNetwork::Figures then = SlicedNetwork(network_, model_, trial.order, parts_, options_.partials).now();
    return then.cost < now.cost && then.live <= std::max(now.live, options_.most_live) ? trial.order : order;
  }

  // Cuts that later ones made needless are undone.
  SlicedOrder finish(Order order) {
    for (bool undone = true; undone;) {
      undone = false;
      for (std::size_t label = 0; label < parts_.size(); ++label) {
        for (const Extent factor : prime_factors(parts_[label])) {
          std::vector<Extent> fewer = parts_;
          fewer[label] /= factor;
          const SlicedNetwork::Figures then = SlicedNetwork(network_, model_, order, fewer, options_.partials).now();
          const SlicedNetwork::Figures now = SlicedNetwork(network_, model_, order, parts_, options_.partials).now();
          if (!is_enough(then) || then.cost > now.cost) continue;
          parts_ = std::move(fewer);
          undone = true;
          break;
        }
      }
    }
    const SlicedNetwork::Figures figures = SlicedNetwork(network_, model_, order, parts_, options_.partials).now();
    return {std::move(order), parts_, figures.slices, figures.cost, figures.flops, figures.live};
  }

  const Network& network_;
  const CostModel& model_;
  const Cuttable& cuttable_;
  const SliceOptions& options_;
  std::uint64_t work_;
  std::vector<Extent> parts_;
};

}  // namespace

std::optional<SlicedOrder> order_slice(const Network& network, const CostModel& model, const std::vector<Order>& starts, const Cuttable& cuttable,
                                       const SliceOptions& options) {
  std::optional<SlicedOrder> best;
  for (const Order& start : starts) {
    std::optional<SlicedOrder> found = Slicing(network, model, cuttable, options, options.work / starts.size()).from(start);
    if (found && (!best || found->cost < best->cost)) best = std::move(found);
  }
  return best;
}

}  // namespace einc::plan
