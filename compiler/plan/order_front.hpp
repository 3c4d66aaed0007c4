// order_front.hpp: one tensor that takes in its neighbours until it is the whole network, as a front that moves through it.
// Good where balance costs more than it saves: lattices of three directions, circuits, trains. Knows extents, not costs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plan/network.hpp"

namespace einc::plan {

struct FrontOptions {
  std::uint32_t first = 0;  // the tensor the front starts at
  double temperature = 0;   // noise on the logarithm of what the front would have; 0: none
  std::uint64_t seed = 0;   // of the noise; equal seeds give equal orders
};

// Next is the neighbour that leaves the front the fewest elements; of equals the one whose label has been open for longest, so that the
// front goes layer by layer. Parts without a common label follow one another, and are joined at the end.
Order order_front(const Network& network, const FrontOptions& options = {});

}  // namespace einc::plan
