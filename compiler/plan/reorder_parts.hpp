// reorder_parts.hpp: makes parts of a tree the best there are, by the exact planner: what small changes do not find.
// Knows which subtrees make a part; leaves its order to order_exact.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/contraction_tree.hpp"
#include "plan/search_watch.hpp"

namespace einc::plan {

// Orders the part of the tree between a pair and some of the subtrees below it anew. The part grows at its dearest pair until it has so
// many subtrees. Tells whether anything was gained.
bool reorder_part(ContractionTree& tree, std::uint32_t pair, std::size_t subtrees, std::uint64_t work_limit);

struct ReorderOptions {
  std::uint64_t work = 2'000'000;  // counted, not timed; a unit is some 5 ns
  SearchWatch* watch = nullptr;    // may end it early
};

// The parts below every pair, until nothing is gained any more.
void reorder_parts(ContractionTree& tree, const ReorderOptions& options = {});

}  // namespace einc::plan
