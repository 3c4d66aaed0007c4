// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_greedy.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <queue>
#include <tuple>
#include <utility>

#include "plan/noise.hpp"

namespace einc::plan {
namespace {

// A label of more tensors than this is no reason to look at all of their pairs: each tensor meets only its newest neighbours.
constexpr std::size_t most_neighbours = 16;

struct Candidate {
  double score;
  std::uint32_t lhs, rhs;  // lhs < rhs
  bool operator>(const Candidate& other) const {
    return std::tie(score, lhs, rhs) > std::tie(other.score, other.lhs, other.rhs);
  }
};

class Greedy {
 public:
  Greedy(const Network& network, const GreedyOptions& options)
      : network_(network), options_(options), noise_(options.seed), tensors_(network.tensors) {
    const std::size_t count = tensors_.size();
    tensors_.reserve(2 * count);
    open_.assign(count, true);
    holders_.resize(network.extents.size());
    users_.assign(network.extents.size(), 0);
    for (Label label : network.kept) ++users_[label];
    for (std::uint32_t tensor = 0; tensor < count; ++tensor) {
      elements_.push_back(product(tensors_[tensor], network.extents));
      for (Label label : tensors_[tensor]) ++users_[label];
    }
  }

  Order run() {
    for (std::uint32_t tensor = 0; tensor < network_.tensors.size(); ++tensor) enter(tensor);
    while (!queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      if (!open_[best.lhs] || !open_[best.rhs]) continue;
      contract({best.lhs, best.rhs});
    }
    std::vector<Part> parts;
    for (std::uint32_t tensor = 0; tensor < tensors_.size(); ++tensor) {
      if (open_[tensor]) parts.push_back({elements_[tensor], tensor});
    }
    join_parts(std::move(parts), static_cast<std::uint32_t>(network_.tensors.size()), order_);
    return std::move(order_);
  }

 private:
  // Visits every label of two tensors once: in_both tells whether it is in both.
  template <class Visit>
  void merge(std::uint32_t lhs, std::uint32_t rhs, Visit visit) const {
    const ir::Term &one = tensors_[lhs], &other = tensors_[rhs];
    auto left = one.begin(), right = other.begin();
    while (left != one.end() && right != other.end()) {
      if (*left == *right) {
        visit(*left, true);
        ++left, ++right;
      } else {
        visit(*left < *right ? *left++ : *right++, false);
      }
    }
    for (; left != one.end(); ++left) visit(*left, false);
    for (; right != other.end(); ++right) visit(*right, false);
  }

  double score(std::uint32_t lhs, std::uint32_t rhs) {
    double out = 1;
    merge(lhs, rhs, [&](Label label, bool in_both) {
      if (!in_both || users_[label] > 2) out = std::min(out * network_.extents[label], largest_product);
    });
    const double plain = out - options_.weight * (elements_[lhs] + elements_[rhs]);
    if (options_.temperature == 0) return plain;
    // Gumbel noise on a logarithmic scale: the probability of a pair falls with its score as Boltzmann's factor does.
    const double scale = std::copysign(std::log1p(std::abs(plain)), plain);
    return scale + options_.temperature * std::log(-std::log(noise_.uniform()));
  }

  // Offers the pairs of a tensor with those that share a label and came before it; from now on it is met itself.
  void enter(std::uint32_t tensor) {
    neighbours_.clear();
    for (Label label : tensors_[tensor]) {
      std::vector<std::uint32_t>& holders = holders_[label];
      const std::size_t before = neighbours_.size();
      std::size_t tail = holders.size();
      while (tail > 0 && neighbours_.size() - before < most_neighbours) {
        if (open_[holders[--tail]]) neighbours_.push_back(holders[tail]);
      }
      holders.resize(tail);  // the closed ones met on the way are gone for good: each costs one look
      holders.insert(holders.end(), neighbours_.rbegin(), neighbours_.rend() - static_cast<std::ptrdiff_t>(before));
      holders.push_back(tensor);
    }
    std::sort(neighbours_.begin(), neighbours_.end());
    neighbours_.erase(std::unique(neighbours_.begin(), neighbours_.end()), neighbours_.end());
    for (std::uint32_t neighbour : neighbours_) queue_.push({score(neighbour, tensor), neighbour, tensor});
  }

  void contract(Pair pair) {
    ir::Term out;
    merge(pair.lhs, pair.rhs, [&](Label label, bool in_both) {
      if (in_both && users_[label] == 2) return;
      if (in_both) --users_[label];
      out.push_back(label);
    });
    open_[pair.lhs] = open_[pair.rhs] = false;
    open_.push_back(true);
    elements_.push_back(product(out, network_.extents));
    tensors_.push_back(std::move(out));
    order_.push_back(pair);
    enter(static_cast<std::uint32_t>(tensors_.size() - 1));
  }

  const Network& network_;
  const GreedyOptions& options_;
  Noise noise_;
  std::vector<ir::Term> tensors_;                     // all ever made
  std::vector<double> elements_;                      // of each
  std::vector<bool> open_;                            // not contracted yet
  std::vector<std::vector<std::uint32_t>> holders_;   // of each label, oldest first; closed ones are dropped when met
  std::vector<std::uint32_t> users_;                  // of each label: open tensors that have it, plus one when kept
  std::vector<std::uint32_t> neighbours_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
  Order order_;
};

}  // namespace

Order order_greedy(const Network& network, const GreedyOptions& options) { return Greedy(network, options).run(); }

}  // namespace einc::plan
