// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_order.hpp"

#include <fmt/format.h>

#include "plan/order_greedy.hpp"
#include "plan/order_left_to_right.hpp"

namespace einc::plan {

Choice choose_order(const Network& network, const CostModel&, Planner planner) {
  const std::size_t count = network.tensors.size();
  if (count == 2) return {{{0, 1}}, "2 operands: one order"};
  if (planner == Planner::left_to_right) {
    return {order_left_to_right(network), fmt::format("left to right: {} operands as written", count)};
  }
  return {order_greedy(network), fmt::format("greedy: {} operands", count)};
}

}  // namespace einc::plan
