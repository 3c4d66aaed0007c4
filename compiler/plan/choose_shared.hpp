// choose_shared.hpp: the order of a contraction that has something in common with itself or with those planned before it.
// Compares whole orders by what is left to compute; how the order of one network is found is choose_order's business.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <einc/options.hpp>

#include "plan/choose_order.hpp"
#include "plan/sharing.hpp"

namespace einc::plan {

// The tensors of a network twice: in the labels of the network, and in those of the plan, by which contractions are compared.
struct SharedTensors {
  std::vector<Identity> in_network, in_plan;
};

// Adds the contraction to those that later ones may follow. Orders are only looked for with Planner::automatic: others keep theirs.
Choice choose_shared(const Network& network, const SharedTensors& tensors, const CostModel& model, const OrderRequest& request, Sharing& sharing);

}  // namespace einc::plan
