// contraction_order.cpp: the order of a plan as other libraries write it.
// SPDX-License-Identifier: BSD-3-Clause
#include "api/contraction_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace einc::api {
namespace {

using Places = std::vector<std::vector<std::uint32_t>>;

constexpr std::uint32_t nobody = ~std::uint32_t{0};

// Composes the orders of contractions, groups first, into one of the operands. Every operand and every result has a name.
class Composition {
 public:
  explicit Composition(const compiler::Compilation& compilation) : expression_(compilation.expression), operands_(static_cast<std::uint32_t>(compilation.operand_shapes.size())), left_(operands_), next_(operands_) {
    std::iota(left_.begin(), left_.end(), 0u);
    for (const ir::ContractionOrder& order : compilation.plan.orders) orders_[order.value] = &order;
    for (std::uint32_t operand = operands_; operand-- > 0;) free_[compilation.same.empty() ? operand : compilation.same[operand]].push_back(operand);
  }

  // Depth first with a stack of its own: groups may be deep. What stands in several places is met in each of them.
  Places run(ir::ValueId root) {
    std::vector<Open> stack;
    enter(root, stack);
    while (!stack.empty()) {
      if (stack.back().names.size() < stack.back().order->values.size()) {
        enter(stack.back().order->values[stack.back().names.size()], stack);
        continue;
      }
      const std::uint32_t made = contract(*stack.back().order, std::move(stack.back().names));
      stack.pop_back();
      give(made, stack);
    }
    if (left_.size() > 1 || steps_.empty()) {
      steps_.emplace_back(left_.size());
      std::iota(steps_.back().begin(), steps_.back().end(), 0u);
    }
    return std::move(steps_);
  }

 private:
  struct Open {
    const ir::ContractionOrder* order;
    std::vector<std::uint32_t> names;  // of its values, as far as they are known
  };

  static void give(std::uint32_t name, std::vector<Open>& stack) {
    if (!stack.empty()) stack.back().names.push_back(name);
  }

  void enter(ir::ValueId value, std::vector<Open>& stack) {
    for (;;) {
      const ir::Value& made = expression_.values[value];
      if (const auto order = orders_.find(value); order != orders_.end()) return stack.push_back({order->second, {}});
      if (made.op == ir::Op::operand) return give(take(made.operand), stack);
      if (made.arguments.size() != 1) return give(nobody, stack);
      value = made.arguments[0];  // summed or looked at in another way, it is still the same
    }
  }

  // Operands that are one array stand for one another: the places of the text take them in turn.
  std::uint32_t take(std::uint32_t operand) {
    std::vector<std::uint32_t>& free = free_[operand];
    if (free.empty()) return nobody;
    const std::uint32_t name = free.back();
    free.pop_back();
    return name;
  }

  std::uint32_t contract(const ir::ContractionOrder& order, std::vector<std::uint32_t> names) {
    for (const std::vector<std::uint32_t>& places : order.places) {
      std::vector<std::uint32_t> taken, sorted = places, step;
      std::sort(sorted.begin(), sorted.end());
      for (auto place = sorted.rbegin(); place != sorted.rend(); ++place) {
        if (names[*place] != nobody) taken.push_back(names[*place]);
        names.erase(names.begin() + *place);
      }
      if (taken.size() < 2) {
        names.push_back(taken.empty() ? nobody : taken[0]);
        continue;
      }
      for (const std::uint32_t name : taken) step.push_back(static_cast<std::uint32_t>(std::lower_bound(left_.begin(), left_.end(), name) - left_.begin()));
      std::sort(step.begin(), step.end());
      for (auto place = step.rbegin(); place != step.rend(); ++place) left_.erase(left_.begin() + *place);
      left_.push_back(next_);
      names.push_back(next_++);
      steps_.push_back(std::move(step));
    }
    return names.back();
  }

  const ir::Expression& expression_;
  std::uint32_t operands_;
  std::map<ir::ValueId, const ir::ContractionOrder*> orders_;    // by what they compute
  std::map<std::uint32_t, std::vector<std::uint32_t>> free_;     // of each array: the operands that are it, the first one last
  std::vector<std::uint32_t> left_;                              // names nobody has taken yet, ascending
  std::uint32_t next_;
  Places steps_;
};

}  // namespace

Places contraction_order(const compiler::Compilation& compilation) {
  const std::vector<ir::ContractionOrder>& orders = compilation.plan.orders;
  if (orders.size() != 1 || orders[0].arguments != compilation.operand_shapes.size()) return Composition(compilation).run(compilation.expression.outputs[0].value);
  Places places = orders[0].places;  // one contraction of all operands
  for (std::vector<std::uint32_t>& step : places) std::sort(step.begin(), step.end());
  return places;
}

}  // namespace einc::api
