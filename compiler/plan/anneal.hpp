// anneal.hpp: makes the tree of an order better by many small changes, some of them for the worse: simulated annealing.
// Knows rotations of a tree and their costs; not where the tree came from.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/contraction_tree.hpp"
#include "plan/network.hpp"
#include "plan/search_watch.hpp"

namespace einc::plan {

struct AnnealOptions {
  std::uint64_t work = 10'000'000;  // counted, not timed; a unit is some 5 ns
  std::uint64_t seed = 0;           // equal seeds give equal orders
  SearchWatch* watch = nullptr;     // may end it early, with the best order so far
};

// The best order met on the way, which costs no more than the tree's. Annealing turns ((A B) C) into ((A C) B) or (A (B C)) at random
// pairs and judges by the ratio of the costs of both pairs before and after, so that every size of pair is sought out, not only the
// largest. (S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi: Optimization by simulated annealing, Science 220, 671, 1983; for trees of
// contractions C. Huang et al., arXiv:2005.06787, and J. Gray, S. Kourtis, Quantum 5, 410, 2021.)
Order anneal(ContractionTree tree, const AnnealOptions& options = {});

}  // namespace einc::plan
