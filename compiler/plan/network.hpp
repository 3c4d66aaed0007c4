// network.hpp: a contraction of many tensors as the planners see it, and the order in which they answer.
// Knows which tensor has which label, and extents as doubles; not values, layouts or machines.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "ir/expression.hpp"

namespace einc::plan {

// Every label is in two tensors or more, or is kept: lone labels have been summed before.
struct Network {
  std::vector<double> extents;     // of every label; at least 1, so that products and quotients stay finite
  std::vector<ir::Term> tensors;   // labels of each tensor, ascending
  ir::Term kept;                   // labels of the result, ascending
  std::vector<bool> constant = {};  // of each tensor: keeps its elements over all calls; empty: none

  bool is_constant(std::size_t tensor) const { return !constant.empty() && constant[tensor]; }
};

// What is made of constants alone is computed once, before any call. Its time counts as if it were shared by so many calls: next to
// nothing, but of orders that are equal in a call the one that is ready sooner is better, and none is taken that is never ready.
inline constexpr double constant_weight = 1e-3;

// Which two tensors to contract. Tensors count from 0; the result of pair i is tensor tensor_count + i.
struct Pair {
  std::uint32_t lhs, rhs;
  bool operator==(const Pair&) const = default;
};
using Order = std::vector<Pair>;

// Products above this are cut off, so that costs of absurd networks, and products of three of them, stay finite.
inline constexpr double largest_product = 1e100;

// How many positions the loops of one pairwise contraction have, by what the labels do.
struct Loops {
  double batch = 1;  // in both tensors and kept
  double m = 1;      // in lhs alone
  double n = 1;      // in rhs alone
  double k = 1;      // in both and summed
  double weight = 1;  // of its flops and seconds, where they are compared
};

// Replays an order: keeps the labels of every tensor and who still needs each label.
class Contraction {
 public:
  explicit Contraction(const Network& network);

  Loops contract(Pair pair);  // contracts two tensors and appends their result
  const ir::Term& labels(std::uint32_t tensor) const { return tensors_[tensor]; }
  bool is_constant(std::uint32_t tensor) const { return !constant_.empty() && constant_[tensor]; }

 private:
  const Network& network_;
  std::vector<ir::Term> tensors_;
  std::vector<bool> constant_;          // of every tensor; empty: none
  std::vector<std::uint32_t> holders_;  // of every label: tensors that have it now, plus one when it is kept
};

// The tensors of each connected part, ascending; parts in the order of their first tensor.
std::vector<std::vector<std::uint32_t>> connected_parts(const Network& network);

// Multiplies parts of the network that share no label: the smallest two first. `open` names tensors by Order's numbers;
// pairs are appended to `order`, whose length says which number comes next.
struct Part {
  double elements;
  std::uint32_t tensor;
};
void join_parts(std::vector<Part> open, std::uint32_t tensor_count, Order& order);

double product(const ir::Term& term, const std::vector<double>& extents);  // at most largest_product

}  // namespace einc::plan
