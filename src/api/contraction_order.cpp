// contraction_order.cpp: the order of a plan as other libraries write it.
// SPDX-License-Identifier: BSD-3-Clause
#include "api/contraction_order.hpp"

#include <algorithm>
#include <numeric>

namespace einc::api {

std::vector<std::vector<std::uint32_t>> contraction_order(const compiler::Compilation& compilation) {
  const ir::Plan& plan = compilation.plan;
  const std::size_t leaves = plan.leaves.size();
  // Every operand and every contraction has a name; `left` are those nobody has taken yet.
  constexpr std::uint32_t nobody = ~std::uint32_t{0};
  const auto operands = static_cast<std::uint32_t>(compilation.operand_shapes.size());
  std::vector<std::uint32_t> left(operands), name_of(leaves + plan.steps.size(), nobody);
  std::iota(left.begin(), left.end(), 0u);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    const ir::Value& value = compilation.expression.values[plan.leaves[leaf].value];
    if (value.op == ir::Op::operand) name_of[leaf] = value.operand;
  }
  std::vector<std::vector<std::uint32_t>> order;
  const auto place_of = [&](std::uint32_t name) { return static_cast<std::uint32_t>(std::find(left.begin(), left.end(), name) - left.begin()); };
  std::uint32_t next = operands;
  for (std::size_t at = 0; at < plan.steps.size(); ++at) {
    const ir::Step& step = plan.steps[at];
    std::vector<std::uint32_t> places;
    for (const ir::PlanValue read : ir::reads(step)) {
      if (name_of[read] == nobody) continue;
      const std::uint32_t place = place_of(name_of[read]);
      if (place < left.size() && std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    }
    if (places.size() == 1) name_of[leaves + at] = left[places[0]];  // summed or permuted, it is still the same
    if (places.size() < 2) continue;
    std::sort(places.begin(), places.end());
    for (auto place = places.rbegin(); place != places.rend(); ++place) left.erase(left.begin() + *place);
    left.push_back(next);
    name_of[leaves + at] = next++;
    order.push_back(std::move(places));
  }
  if (left.size() > 1 || order.empty()) {
    order.emplace_back(left.size());
    std::iota(order.back().begin(), order.back().end(), 0u);
  }
  return order;
}

}  // namespace einc::api
