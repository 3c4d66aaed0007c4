// exact_search.hpp: the best order of one connected part of a network, by a search for the cheapest sets first.
// Knows sets of tensors and what pairs cost; not networks, or where the part came from.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

using Tensors = std::uint64_t;  // a set of tensors of one part

// A part of a network; labels that the same tensors hold count as one.
struct Piece {
  std::vector<std::uint32_t> tensors;  // their numbers in the network, ascending; at most 64
  std::vector<double> extents;         // of the fused labels
  std::vector<Tensors> holders;        // of each
  std::vector<bool> kept;
  std::vector<ir::Term> labels;  // of each tensor
  Tensors constants = 0;         // what is made of them alone has little weight
};

struct Split {
  Tensors lhs, rhs;
};

struct Tree {
  std::vector<Split> splits;  // of all its sets of two tensors or more, each after its parts
  double cost = 0;
};

struct SearchLimits {
  Objective objective = Objective::seconds;
  bool outer_products = false;  // tensors without a common label may be multiplied
  std::uint64_t work_limit = ~std::uint64_t{0};
  std::uint64_t work = 0, pairs = 0;  // so far; pairs met count as work, and so do sets
};

// The best tree when it is cheaper than `known`, otherwise `known`. Nothing when the work limit is met, or when there
// are too many labels.
//
// The best order of a set of tensors is the best way to split it in two. A set is at least as dear as its parts, so
// sets get their final costs cheapest first, as places do in Dijkstra's search for the shortest way: the cheapest set
// that waits is joined with all that came before it, and the search ends when none that waits is cheaper than the best
// whole. (D. E. Knuth: A generalization of Dijkstra's algorithm, Inf. Process. Lett. 6, 1977.) Few pairs of sets are
// worth a look: those that are disjoint and share enough labels for their product to cost less than what is left. Sets
// of about one size stand in one family, whose index finds those 64 at a time.
std::optional<Tree> search_exact(const Piece& piece, const CostModel& model, SearchLimits& limits, Tree known);

}  // namespace einc::plan
