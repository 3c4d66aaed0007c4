// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_front.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "plan/noise.hpp"

namespace einc::plan {
namespace {

// A label of more tensors than this shows the front only so many of them at a time.
constexpr std::size_t most_holders = 64;

class Front {
 public:
  Front(const Network& network, const FrontOptions& options)
      : network_(network), options_(options), noise_(options.seed), taken_(network.tensors.size(), false), listed_(network.tensors.size(), false),
        holders_(network.extents.size()), left_(network.extents.size(), 0), opened_(network.extents.size(), never) {
    for (std::uint32_t tensor = 0; tensor < network.tensors.size(); ++tensor)
      for (Label label : network.tensors[tensor]) holders_[label].push_back(tensor), ++left_[label];
    for (Label label : network.kept) ++left_[label];
  }

  Order run() {
    const auto count = static_cast<std::uint32_t>(network_.tensors.size());
    std::vector<Part> parts;
    for (std::uint32_t at = 0; at < count; ++at) {
      const std::uint32_t first = (options_.first + at) % count;
      if (!taken_[first]) parts.push_back(grow(first));
    }
    join_parts(std::move(parts), count, order_);
    return std::move(order_);
  }

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  // Takes in all that is connected with a tensor.
  Part grow(std::uint32_t first) {
    neighbours_.clear();
    logarithm_ = 0;
    std::uint32_t front = first;
    take(first);
    while (!neighbours_.empty()) {
      const std::uint32_t next = choose();
      order_.push_back({std::min(front, next), std::max(front, next)});
      front = static_cast<std::uint32_t>(network_.tensors.size() + order_.size() - 1);
      take(next);
    }
    return {std::min(std::exp(logarithm_), largest_product), front};
  }

  struct Change {
    double logarithm;      // of the front's elements
    std::uint64_t opened;  // when the oldest of its labels was
  };

  Change change(std::uint32_t tensor) const {
    Change change{0, never};
    for (Label label : network_.tensors[tensor]) {
      const bool open = opened_[label] != never;
      if (open) change.opened = std::min(change.opened, opened_[label]);
      const double logarithm = std::log(network_.extents[label]);
      if (!open && left_[label] > 1) change.logarithm += logarithm;
      if (open && left_[label] == 1) change.logarithm -= logarithm;
    }
    return change;
  }

  // The neighbour to take in next, which is none afterwards.
  std::uint32_t choose() {
    std::size_t best = 0;
    std::tuple<double, std::uint64_t, std::uint32_t> least{std::numeric_limits<double>::infinity(), 0, 0};
    for (std::size_t at = 0; at < neighbours_.size(); ++at) {
      const auto [logarithm, opened] = change(neighbours_[at]);
      const double noise = options_.temperature > 0 ? options_.temperature * std::log(-std::log(noise_.uniform())) : 0;
      const std::tuple score{logarithm + noise, opened, neighbours_[at]};
      if (score < least) least = score, best = at;
    }
    const std::uint32_t chosen = neighbours_[best];
    neighbours_[best] = neighbours_.back();
    neighbours_.pop_back();
    return chosen;
  }

  void take(std::uint32_t tensor) {
    logarithm_ += change(tensor).logarithm;
    taken_[tensor] = true;
    for (Label label : network_.tensors[tensor]) {
      if (opened_[label] == never) opened_[label] = clock_++;
      --left_[label];
      std::size_t shown = 0;
      for (auto holder = holders_[label].begin(); holder != holders_[label].end() && shown < most_holders; ++holder) {
        if (taken_[*holder]) continue;
        ++shown;
        if (listed_[*holder]) continue;
        listed_[*holder] = true;
        neighbours_.push_back(*holder);
      }
    }
  }

  const Network& network_;
  const FrontOptions& options_;
  Noise noise_;
  std::vector<bool> taken_, listed_;                 // tensors in the front; those that are or were its neighbours
  std::vector<std::vector<std::uint32_t>> holders_;  // of every label
  std::vector<std::uint32_t> left_;                  // of every label: holders outside of the front, plus one when it is kept
  std::vector<std::uint64_t> opened_;                // when each label came into the front
  std::vector<std::uint32_t> neighbours_;
  std::uint64_t clock_ = 0;
  double logarithm_ = 0;  // of the front's elements
  Order order_;
};

}  // namespace

Order order_front(const Network& network, const FrontOptions& options) { return Front(network, options).run(); }

}  // namespace einc::plan
