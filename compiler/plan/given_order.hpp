// given_order.hpp: orders of contraction that somebody else has chosen: checked, and turned into what planners answer.
// Knows numpy's way to write an order; not costs, and no contraction's labels but those of a step of many.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <einc/options.hpp>

#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "plan/choose_order.hpp"
#include "plan/network.hpp"

namespace einc::plan {

// Which tensors each step contracts: tensors count from 0, the result of step i is tensor tensor_count + i.
using Steps = std::vector<std::vector<std::uint32_t>>;

// An order as numpy.einsum_path writes it, places in the list of what is left, as steps. Throws Error (bad_option) for what is no
// order of so many operands. Of one operand: none, or the one step (0).
Steps take_order(const std::vector<std::vector<std::uint32_t>>& places, std::size_t operands);

// The other way: the left one of a pair first.
std::vector<std::vector<std::uint32_t>> places_of(const Order& order, std::size_t tensors);

// The steps as pairs. Steps of three tensors or more are networks of their own, for which `choose` answers; its method is that of the last.
Choice pairs_of(const Network& network, const Steps& steps, const std::function<Choice(const Network&)>& choose);

// The orders of one compilation: the one of Options::order, or those of a saved plan, one after the other.
class GivenOrders {
 public:
  GivenOrders(const Options& options, const std::vector<ir::ContractionOrder>* saved) : options_(options), saved_(saved) {}

  // Of the next contraction, of three values or more; none when nobody has given one. Throws Error (bad_plan) when the saved plan is of others.
  Steps next(const std::vector<ir::ValueId>& arguments);
  // Throws Error (bad_plan) when the saved plan has orders nobody asked for.
  void finish() const;

 private:
  const Options& options_;
  const std::vector<ir::ContractionOrder>* saved_;
  std::size_t next_ = 0;
};

}  // namespace einc::plan
