// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_shared.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "plan/order_shared.hpp"

namespace einc::plan {
namespace {

// So many contractions are followed: those with the most tensors in common.
constexpr std::size_t most_followed = 4;
// Rounds look at all pairs that are left, again and again.
constexpr std::size_t most_in_rounds = 512;

// Which of `tensors` each tensor of another contraction is: under the same names where there is one, else any equal one.
std::vector<std::uint32_t> match(const Planned& other, const std::vector<Identity>& tensors) {
  std::vector<std::uint32_t> found(other.tensors.size(), nobody);
  std::vector<bool> taken(tensors.size(), false);
  for (const bool by_name : {true, false}) {
    for (std::size_t at = 0; at < found.size(); ++at) {
      for (std::uint32_t tensor = 0; tensor < tensors.size() && found[at] == nobody; ++tensor) {
        const bool equal = tensors[tensor].number == other.tensors[at].number && (!by_name || tensors[tensor].labels == other.tensors[at].labels);
        if (taken[tensor] || !equal) continue;
        found[at] = tensor;
        taken[tensor] = true;
      }
    }
  }
  return found;
}

struct Followed {
  const Planned* planned;
  std::vector<std::uint32_t> match;
  std::ptrdiff_t missing;
};

std::vector<Followed> followed(const Sharing& sharing, const std::vector<Identity>& tensors) {
  std::set<std::uint32_t> numbers;
  for (const Identity& tensor : tensors) numbers.insert(tensor.number);
  std::vector<Followed> all;
  for (const Planned& planned : sharing.planned) {
    const auto common = std::count_if(planned.tensors.begin(), planned.tensors.end(), [&](const Identity& tensor) { return numbers.contains(tensor.number); });
    if (common < 2) continue;
    std::vector<std::uint32_t> matched = match(planned, tensors);
    const auto missing = std::count(matched.begin(), matched.end(), nobody);
    all.push_back({&planned, std::move(matched), missing});
  }
  std::stable_sort(all.begin(), all.end(), [](const Followed& one, const Followed& other) { return one.missing < other.missing; });
  if (all.size() > most_followed) all.resize(most_followed);
  return all;
}

bool has_equal(const std::vector<Identity>& tensors) {
  std::set<std::uint32_t> numbers;
  return !std::all_of(tensors.begin(), tensors.end(), [&](const Identity& tensor) { return numbers.insert(tensor.number).second; });
}

// The cheapest order so far.
class Best {
 public:
  explicit Best(const SharedNetwork& network) : network_(network) {}
  void offer(Order order, std::string method) {
    const SharedCost cost = cost_of(network_, order);
    if (!choice_.order.empty() && cost.cost >= cost_.cost) return;
    choice_ = {std::move(order), std::move(method)};
    cost_ = cost;
  }
  const SharedCost& cost() const { return cost_; }
  bool empty() const { return choice_.order.empty(); }

  Choice taken() {
    const std::size_t pairs = choice_.order.size();
    if (cost_.computed < pairs)
      choice_.method += fmt::format("; {} of {} contractions computed, as the others are equal to some: {:.3g} % of the time of this order without sharing", cost_.computed,
                                    pairs, cost_.alone > 0 ? 100 * cost_.cost / cost_.alone : 100);
    return std::move(choice_);
  }

 private:
  const SharedNetwork& network_;
  Choice choice_;
  SharedCost cost_;
};

}  // namespace

Choice choose_shared(const Network& network, const SharedTensors& tensors, const CostModel& model, const OrderRequest& request, Sharing& sharing) {
  const SharedNetwork shared{network, tensors.in_network, model, request.objective, sharing};
  const Choose choose = [&](const Network& part) { return choose_order(part, model, request).order; };
  const std::size_t count = network.tensors.size();
  Best best(shared);
  bool near = false;  // an order that leaves out most of another contraction: what that one would cost alone need not be known
  if (request.planner == Planner::automatic && count > 2) {
    for (const Followed& other : followed(sharing, tensors.in_plan)) {
      for (Order& order : orders_along(other.planned->order, other.match, network, choose))
        best.offer(std::move(order), fmt::format("{} operands along the order of a contraction before, with {} of its {} tensors", count,
                                                 static_cast<std::ptrdiff_t>(other.match.size()) - other.missing, other.match.size()));
      near = near || (!best.empty() && best.cost().cost <= other.planned->cost / 2);
    }
  }
  if (!near || best.empty()) {
    Choice alone = choose_order(network, model, request);
    best.offer(std::move(alone.order), std::move(alone.method));
  }
  if (request.planner == Planner::automatic && count > 2 && count <= most_in_rounds && has_equal(tensors.in_plan))
    for (Order& order : orders_by_rounds(shared, choose)) best.offer(std::move(order), fmt::format("{} operands, equal pairs at the same time", count));
  const double alone = best.cost().alone;
  Choice choice = best.taken();
  sharing.planned.push_back({tensors.in_plan, choice.order, alone});
  return choice;
}

}  // namespace einc::plan
