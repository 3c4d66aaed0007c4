// contraction_tree.hpp: an order of contraction as a tree that can be changed in place, with the cost of every pair in
// it. Knows which labels every subtree leaves and what its last pair costs; not which changes are worth while.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

// Nodes have the numbers of Order: tensors first, then pairs. The last pair stays the root whatever changes below it.
class ContractionTree {
 public:
  ContractionTree(const Network& network, const CostModel& model, Objective objective, const Order& order);

  Order order() const;  // the left subtree of a pair first
  double cost() const;  // combined over all pairs, in the order of their numbers
  std::uint32_t tensors() const { return tensors_; }
  std::uint32_t nodes() const { return static_cast<std::uint32_t>(children_.size()); }
  bool is_pair(std::uint32_t node) const { return node >= tensors_; }
  Pair children(std::uint32_t node) const { return children_[node]; }
  std::size_t words() const { return words_; }  // a change takes time in proportion

  // ((A B) C) becomes ((A C) B), where `pair` is the outer one, (A B) its child that is `inner`, and B the one that is
  // `up`.
  struct Rotation {
    std::uint32_t pair, inner, up;
  };
  struct Local {
    double before, after;  // cost of both pairs
  };
  Local try_rotation(const Rotation& rotation);
  void accept();  // the rotation tried last

  // Makes the part of the tree between a pair and some of the subtrees below it the best there is, by the exact
  // planner. The part grows at its dearest pair until it has so many subtrees. Tells whether anything was gained.
  bool reoptimise(std::uint32_t pair, std::size_t subtrees, std::uint64_t work_limit);

 private:
  using Words = std::span<std::uint64_t>;
  using ConstWords = std::span<const std::uint64_t>;

  Words labels(std::uint32_t node) { return {labels_.data() + node * words_, words_}; }
  ConstWords labels(std::uint32_t node) const { return {labels_.data() + node * words_, words_}; }
  ir::Term term(std::uint32_t node) const;
  void set_labels(std::uint32_t node, const ir::Term& term);
  Loops loops_of(ConstWords lhs, double lhs_elements, ConstWords rhs, double rhs_elements, ConstWords out) const;
  void replace(std::uint32_t pair, const std::vector<std::uint32_t>& below, const std::vector<std::uint32_t>& pairs,
               const Network& part, const Order& order, const std::vector<Label>& names);

  const CostModel& model_;
  Objective objective_;
  const std::vector<double>& extents_;
  std::uint32_t tensors_;
  std::size_t words_;
  std::vector<Pair> children_;            // of pairs; tensors have none
  std::vector<std::uint64_t> labels_;     // of every node, one bit a label
  std::vector<double> elements_, costs_;  // of every node; tensors cost nothing

  struct Tried {
    Rotation rotation{};
    std::vector<std::uint64_t> labels;  // of the new inner pair
    double elements = 1, inner_cost = 0, outer_cost = 0;
  };
  Tried tried_;
};

}  // namespace einc::plan
