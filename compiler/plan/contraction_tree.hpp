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

// What lies between a pair, the first of `pairs`, and the subtrees below.
struct TreePart {
  std::vector<std::uint32_t> pairs, below;
};

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
  double cost_of(std::uint32_t node) const { return costs_[node]; }
  ir::Term term(std::uint32_t node) const;  // the labels it leaves
  bool has_constants() const { return !constant_.empty(); }
  bool is_constant(std::uint32_t node) const { return has_constants() && constant_[node] != 0; }
  const std::vector<double>& extents() const { return extents_; }
  const CostModel& model() const { return model_; }
  Objective objective() const { return objective_; }

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

  // Builds another order of a part into the tree. `network` has a tensor for each subtree below, in their order; `names` tells what its
  // labels are called here.
  void replace(const TreePart& part, const Network& network, const Order& order, const std::vector<Label>& names);

 private:
  using Words = std::span<std::uint64_t>;
  using ConstWords = std::span<const std::uint64_t>;

  Words labels(std::uint32_t node) { return {labels_.data() + node * words_, words_}; }
  ConstWords labels(std::uint32_t node) const { return {labels_.data() + node * words_, words_}; }
  void set_labels(std::uint32_t node, const ir::Term& term);
  Loops loops_of(ConstWords lhs, double lhs_elements, ConstWords rhs, double rhs_elements, ConstWords out, bool constant) const;

  const CostModel& model_;
  Objective objective_;
  const std::vector<double>& extents_;
  std::uint32_t tensors_;
  std::size_t words_;
  std::vector<Pair> children_;            // of pairs; tensors have none
  std::vector<std::uint64_t> labels_;     // of every node, one bit a label
  std::vector<double> elements_, costs_;  // of every node; tensors cost nothing
  std::vector<char> constant_;            // of every node: made of constants alone; empty: none is

  struct Tried {
    Rotation rotation{};
    std::vector<std::uint64_t> labels;  // of the new inner pair
    double elements = 1, inner_cost = 0, outer_cost = 0;
  };
  Tried tried_;
};

}  // namespace einc::plan
