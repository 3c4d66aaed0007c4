// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_bisect.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "plan/noise.hpp"

namespace einc::plan {
namespace {

using Tensors = std::vector<std::uint32_t>;

// A label of more tensors than this is cut wherever the halves are: it says nothing about the better place.
constexpr std::size_t most_holders = 32;

constexpr int most_passes = 8;  // each ends where the last gained nothing, mostly after three or four

// Two sides of a set of tensors, which count from 0 here.
class Halves {
 public:
  Halves(const Network& network, const Tensors& tensors, double imbalance)
      : edges_of_(tensors.size()), gains_(tensors.size()), side_(tensors.size(), 0) {
    const std::size_t count = tensors.size();
    std::map<Label, Tensors> holders;
    for (std::uint32_t tensor = 0; tensor < count; ++tensor) {
      for (Label label : network.tensors[tensors[tensor]]) holders[label].push_back(tensor);
    }
    for (auto& [label, who] : holders) {
      if (who.size() < 2 || who.size() > most_holders) continue;
      for (std::uint32_t tensor : who) edges_of_[tensor].push_back(static_cast<std::uint32_t>(edges_.size()));
      const std::size_t all = who.size();
      edges_.push_back({std::log(network.extents[label]), std::move(who), {all, 0}});
    }
    const auto wanted = static_cast<std::size_t>(static_cast<double>(count) * (0.5 + imbalance));
    most_ = std::clamp(wanted, (count + 1) / 2, count - 1);
    sizes_ = {count, 0};
  }

  // Sides of the tensors: first a half that grows from one of them, then passes while they gain.
  std::vector<bool> run(std::uint32_t first) {
    free_all();
    move(first);
    while (sizes_[1] < side_.size() / 2) move(queues_[0].begin()->second);
    for (int pass = 0; pass < most_passes && improve(); ++pass) {
    }
    return {side_.begin(), side_.end()};
  }

 private:
  struct Edge {
    double weight;
    Tensors holders;
    std::array<std::size_t, 2> counts;  // of holders, on each side
  };

  double gain(std::uint32_t tensor) const {
    const std::size_t here = side_[tensor], there = 1 - here;
    double gain = 0;
    for (std::uint32_t edge : edges_of_[tensor]) {
      if (edges_[edge].counts[here] == 1) gain += edges_[edge].weight;
      if (edges_[edge].counts[there] == 0) gain -= edges_[edge].weight;
    }
    return gain;
  }

  void free_all() {
    for (std::uint32_t tensor = 0; tensor < side_.size(); ++tensor) {
      gains_[tensor] = gain(tensor);
      queues_[side_[tensor]].insert({-gains_[tensor], tensor});
    }
  }

  // Moves a free tensor, which is no longer free, and tells its neighbours.
  void move(std::uint32_t tensor) {
    const std::size_t here = side_[tensor], there = 1 - here;
    queues_[here].erase({-gains_[tensor], tensor});
    flip(tensor);
    for (std::uint32_t edge : edges_of_[tensor]) {
      if (edges_[edge].counts[here] > 1 && edges_[edge].counts[there] > 2) continue;  // nobody's gain has changed
      for (std::uint32_t other : edges_[edge].holders) {
        auto& queue = queues_[side_[other]];
        if (queue.erase({-gains_[other], other}) == 0) continue;
        gains_[other] = gain(other);
        queue.insert({-gains_[other], other});
      }
    }
  }

  void flip(std::uint32_t tensor) {
    const std::size_t here = side_[tensor], there = 1 - here;
    for (std::uint32_t edge : edges_of_[tensor]) --edges_[edge].counts[here], ++edges_[edge].counts[there];
    --sizes_[here], ++sizes_[there];
    side_[tensor] = static_cast<std::uint8_t>(there);
  }

  // One pass: every tensor moves once, and all moves after the best state are taken back. Tells whether it gained.
  bool improve() {
    for (auto& queue : queues_) queue.clear();
    free_all();
    Tensors moved;
    double gained = 0, most_gained = 1e-9;
    std::size_t kept = 0;
    while (true) {
      const bool can[2] = {!queues_[0].empty() && sizes_[1] < most_, !queues_[1].empty() && sizes_[0] < most_};
      if (!can[0] && !can[1]) break;
      const bool from = !can[0] || (can[1] && *queues_[1].begin() < *queues_[0].begin());
      const std::uint32_t tensor = queues_[from].begin()->second;
      gained += gains_[tensor];
      move(tensor);
      moved.push_back(tensor);
      if (gained > most_gained) most_gained = gained, kept = moved.size();
    }
    for (std::size_t at = moved.size(); at-- > kept;) flip(moved[at]);
    return kept > 0;
  }

  std::vector<Edge> edges_;
  std::vector<Tensors> edges_of_;
  std::vector<double> gains_;  // what the cut loses when a free tensor changes sides
  std::vector<std::uint8_t> side_;
  std::array<std::size_t, 2> sizes_{};
  std::array<std::set<std::pair<double, std::uint32_t>>, 2> queues_;  // free tensors of each side, best gain first
  std::size_t most_ = 0;                                              // tensors on one side
};

class Bisection {
 public:
  Bisection(const Network& network, const BisectOptions& options)
      : network_(network), options_(options), noise_(options.seed) {}

  Order run() {
    Tensors all(network_.tensors.size());
    std::iota(all.begin(), all.end(), 0U);
    if (!all.empty()) split(all);
    return std::move(order_);
  }

 private:
  // The number of the product of these tensors. Both sides have one at least, and the larger one shrinks by a share.
  std::uint32_t split(const Tensors& tensors) {
    if (tensors.size() == 1) return tensors[0];
    std::vector<bool> side{false, true};
    if (tensors.size() > 2) {
      side =
          Halves(network_, tensors, options_.imbalance).run(noise_.below(static_cast<std::uint32_t>(tensors.size())));
    }
    Tensors left, right;
    for (std::size_t at = 0; at < tensors.size(); ++at) (side[at] ? right : left).push_back(tensors[at]);
    const std::uint32_t lhs = split(left), rhs = split(right);
    order_.push_back({std::min(lhs, rhs), std::max(lhs, rhs)});
    return static_cast<std::uint32_t>(network_.tensors.size() + order_.size() - 1);
  }

  const Network& network_;
  const BisectOptions& options_;
  Noise noise_;
  Order order_;
};

}  // namespace

Order order_bisect(const Network& network, const BisectOptions& options) { return Bisection(network, options).run(); }

}  // namespace einc::plan
