// order_greedy.hpp: contracts the cheapest pair first: the one whose result is smallest beside what it replaces.
// Takes thousands of tensors; looks no step ahead.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "plan/network.hpp"
#include "plan/noise.hpp"

namespace einc::plan {

// The score of a pair is elements(result) - weight * (elements(lhs) + elements(rhs)); noise on its logarithm finds
// other orders.
struct GreedyOptions {
  double weight = 1;
  double temperature = 0;  // zero: no noise; scores then decide alone
  std::uint64_t seed = 0;  // equal seeds give equal orders
  bool constants_first = false;  // pairs of constants before all others
};

Order order_greedy(const Network& network, const GreedyOptions& options = {});

// Orders one network again and again, in memory that it keeps.
class Greedy {
 public:
  explicit Greedy(const Network& network);

  // `watch` sees the loops of each pair and may give the order up by answering false: then so does run().
  using Watch = std::function<bool(const Loops&)>;
  bool run(const GreedyOptions& options, const Watch& watch);
  const Order& order() const { return order_; }

 private:
  struct Candidate {
    double score;
    std::uint32_t lhs, rhs;  // lhs < rhs
    bool operator>(const Candidate& other) const {
      if (score != other.score) return score > other.score;
      return lhs != other.lhs ? lhs > other.lhs : rhs > other.rhs;
    }
  };
  struct First {
    double elements;  // of the result
    std::uint32_t lhs, rhs;
  };

  std::uint32_t count() const { return static_cast<std::uint32_t>(network_.tensors.size()); }
  std::span<const Label> labels(std::uint32_t tensor) const {
    return {labels_.data() + first_[tensor], first_[tensor + 1] - first_[tensor]};
  }
  template <class Visit>
  void merge(std::uint32_t lhs, std::uint32_t rhs, Visit visit) const;
  double elements_without(std::uint32_t tensor, std::uint32_t neighbour) const;
  double result_elements(std::uint32_t lhs, std::uint32_t rhs) const;
  double score(double elements, std::uint32_t lhs, std::uint32_t rhs);
  template <class Offer>
  void enter(std::uint32_t tensor, Offer offer);
  void restart();
  Loops contract(Pair pair);

  const Network& network_;
  GreedyOptions options_;
  Noise noise_{0};
  std::vector<Label> labels_;                        // of all tensors ever made, one after the other
  std::vector<std::size_t> first_;                   // where those of each begin, and the end
  std::vector<double> elements_, logs_;              // of each, and to base 2, where they may be any
  std::vector<char> open_;                           // not contracted yet
  std::vector<bool> constant_;                       // made of constants alone; empty: none is
  std::vector<std::vector<std::uint32_t>> holders_;  // of each label, oldest first; closed ones are dropped when met
  std::vector<std::uint32_t> users_, first_users_;   // of each label: open tensors that have it, plus one when kept
  std::vector<std::uint32_t> neighbours_;
  std::vector<double> saved_, saved_logs_;  // of each tensor: by what its common labels with the one that enters divide
  std::vector<double> label_logs_;
  std::vector<First> firsts_;  // the pairs of the network's own tensors
  std::vector<std::vector<std::uint32_t>> first_holders_;
  std::vector<Candidate> queue_;  // a heap
  Order order_;
};

}  // namespace einc::plan
