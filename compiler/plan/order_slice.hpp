// order_slice.hpp: which labels to cut so that an order of contraction needs little memory, or falls into many pieces, at the least
// cost. Takes orders from anywhere, and changes them while it cuts.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <einc/vocabulary.hpp>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

struct SliceOptions {
  double most_live = std::numeric_limits<double>::infinity();  // elements of intermediates that are alive at one time
  double least_slices = 1;
  bool partials = false;            // slices write their results to memory of their own, whatever is cut
  bool reorder = true;              // the order may be changed, not only cut
  std::uint64_t work = 10'000'000;  // counted, not timed; a unit is about 10 ns
  std::uint64_t seed = 0;           // equal seeds give equal answers
};

// What may be cut: the whole extent of each label, 1 where it may not, and whether the result has it.
struct Cuttable {
  std::vector<Extent> extents;  // of every label of the network
};

struct SlicedOrder {
  Order order;
  std::vector<Extent> parts;  // of every label; 1: whole
  double slices = 1;
  double most_shared = 0;     // results of so many elements are computed once for all slices; larger ones in each of them
  double cost = 0;            // of all slices together, Objective::seconds; what is the same for all of them counts once
  double flops = 0;           // counted the same way
  double live = 0;            // most elements alive at one time: those of one slice, and what all of them share
};

// The cheapest way found; nothing where the labels that may be cut do not go far enough. Each start is an order of the whole network.
std::optional<SlicedOrder> order_slice(const Network& network, const CostModel& model, const std::vector<Order>& starts, const Cuttable& cuttable,
                                       const SliceOptions& options);

}  // namespace einc::plan
