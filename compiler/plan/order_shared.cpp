// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_shared.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace einc::plan {
namespace {

// A network that is partly contracted: which tensors are left, by the numbers of Order.
class Left {
 public:
  explicit Left(const Network& network) : network_(network), contraction_(network), is_left_(network.tensors.size(), true) {}

  std::uint32_t contract(Pair pair) {
    contraction_.contract(pair);
    is_left_[pair.lhs] = is_left_[pair.rhs] = false;
    is_left_.push_back(true);
    order_.push_back(pair);
    return static_cast<std::uint32_t>(is_left_.size() - 1);
  }
  const ir::Term& labels(std::uint32_t tensor) const { return contraction_.labels(tensor); }
  const Order& order() const { return order_; }
  std::vector<std::uint32_t> tensors() const {
    std::vector<std::uint32_t> tensors;
    for (std::uint32_t tensor = 0; tensor < is_left_.size(); ++tensor)
      if (is_left_[tensor]) tensors.push_back(tensor);
    return tensors;
  }

  // The whole order, once `choose` has ordered what is left.
  Order completed(const Choose& choose) const {
    const std::vector<std::uint32_t> rest = tensors();
    Order order = order_;
    if (rest.size() == 1) return order;
    Order tail{{0, 1}};
    if (rest.size() > 2) {
      Network network{network_.extents, {}, network_.kept};
      for (std::uint32_t tensor : rest) {
        network.tensors.push_back(labels(tensor));
        if (!network_.constant.empty()) network.constant.push_back(contraction_.is_constant(tensor));
      }
      tail = choose(network);
    }
    const auto count = static_cast<std::uint32_t>(rest.size()), first = static_cast<std::uint32_t>(is_left_.size());
    const auto number = [&](std::uint32_t tensor) { return tensor < count ? rest[tensor] : first + (tensor - count); };
    for (const Pair pair : tail) order.push_back({number(pair.lhs), number(pair.rhs)});
    return order;
  }

 private:
  const Network& network_;
  Contraction contraction_;
  std::vector<bool> is_left_;
  Order order_;
};

// Rounds of equal pairs. What a pair leaves is found out on a copy of the terms: a pair is tried far more often than taken.
class Rounds {
 public:
  explicit Rounds(const SharedNetwork& shared) : shared_(shared), left_(shared.network), identities_(shared.tensors) {}

  // Contracts all pairs that are equal to the best one; false when every pair is alone.
  bool contract_equal(bool most_first) {
    std::map<std::uint32_t, std::vector<Pair>> equal = equal_pairs();
    const std::vector<Pair>* best = nullptr;
    std::pair<double, double> best_score;
    for (auto& [number, pairs] : equal) {
      keep_apart(pairs);
      if (pairs.size() < 2) continue;
      const double growth = growth_of(pairs[0]), count = static_cast<double>(pairs.size());
      const std::pair<double, double> score = most_first ? std::pair{-count, growth} : std::pair{growth, -count};
      if (best == nullptr || score < best_score) best = &pairs, best_score = score;
    }
    if (best == nullptr) return false;
    for (const Pair pair : *best) {
      const std::uint32_t made = left_.contract(pair);
      identities_.push_back(shared_.sharing.contract(identities_[pair.lhs], identities_[pair.rhs], left_.labels(made)));
    }
    return true;
  }
  const Left& left() const { return left_; }

 private:
  std::vector<std::uint32_t> holders_of_labels() const {
    std::vector<std::uint32_t> holders(shared_.network.extents.size(), 0);
    for (std::uint32_t tensor : left_.tensors())
      for (Label label : left_.labels(tensor)) ++holders[label];
    for (Label label : shared_.network.kept) ++holders[label];
    return holders;
  }

  ir::Term result_of(Pair pair, const std::vector<std::uint32_t>& holders) const {
    const ir::Term &lhs = left_.labels(pair.lhs), &rhs = left_.labels(pair.rhs);
    ir::Term both, out;
    std::set_union(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(), std::back_inserter(both));
    for (Label label : both) {
      const bool shared = std::binary_search(lhs.begin(), lhs.end(), label) && std::binary_search(rhs.begin(), rhs.end(), label);
      if (!shared || holders[label] > 2) out.push_back(label);
    }
    return out;
  }

  std::map<std::uint32_t, std::vector<Pair>> equal_pairs() const {
    const std::vector<std::uint32_t> holders = holders_of_labels();
    std::vector<std::vector<std::uint32_t>> with(shared_.network.extents.size());
    for (std::uint32_t tensor : left_.tensors())
      for (Label label : left_.labels(tensor)) with[label].push_back(tensor);
    std::set<std::pair<std::uint32_t, std::uint32_t>> neighbours;
    constexpr std::size_t most_holders = 8;  // of a label that many tensors have, not every pair
    for (const std::vector<std::uint32_t>& tensors : with)
      for (std::size_t one = 0; one < tensors.size(); ++one)
        for (std::size_t other = one + 1; other < std::min(tensors.size(), one + most_holders); ++other) neighbours.emplace(tensors[one], tensors[other]);
    std::map<std::uint32_t, std::vector<Pair>> equal;
    for (const auto& [one, other] : neighbours) {
      const Identity identity = shared_.sharing.contract(identities_[one], identities_[other], result_of({one, other}, holders));
      equal[identity.number].push_back({one, other});
    }
    return equal;
  }

  static void keep_apart(std::vector<Pair>& pairs) {
    std::set<std::uint32_t> taken;
    std::erase_if(pairs, [&](Pair pair) {
      if (taken.contains(pair.lhs) || taken.contains(pair.rhs)) return true;
      taken.insert(pair.lhs), taken.insert(pair.rhs);
      return false;
    });
  }

  double growth_of(Pair pair) const {
    const std::vector<double>& extents = shared_.network.extents;
    return product(result_of(pair, holders_of_labels()), extents) - product(left_.labels(pair.lhs), extents) - product(left_.labels(pair.rhs), extents);
  }

  const SharedNetwork& shared_;
  Left left_;
  std::vector<Identity> identities_;  // of every tensor so far
};

// A tree without a root: pairs are nodes of three neighbours, tensors and the result have one.
class Unrooted {
 public:
  Unrooted(const Order& order, std::uint32_t tensors) : order_(order), tensors_(tensors), above_(tensors + order.size(), nobody) {
    for (std::uint32_t pair = 0; pair < order.size(); ++pair) above_[order[pair].lhs] = above_[order[pair].rhs] = tensors + pair;
  }

  // Everything that is not behind `tensor`, contracted towards it. `here` gives the tensor of a leaf, or nobody; `result` stands
  // where the old result was. Answers the order over `count` tensors.
  Order towards(std::uint32_t tensor, const std::vector<std::uint32_t>& here, std::uint32_t result, std::uint32_t count) {
    out_.clear(), next_ = count;
    walk_up(tensor, here, result);
    return out_;
  }

 private:
  std::uint32_t join(std::uint32_t one, std::uint32_t other) {
    if (one == nobody || other == nobody) return one == nobody ? other : one;
    out_.push_back({one, other});
    return next_++;
  }

  // The subtree below a node, by a stack of its own: children come before parents in an order.
  std::uint32_t below(std::uint32_t node, const std::vector<std::uint32_t>& here) {
    if (node < tensors_) return here[node];
    std::vector<std::uint32_t> stack{node}, nodes;
    while (!stack.empty()) {
      const std::uint32_t top = stack.back();
      stack.pop_back();
      if (top < tensors_) continue;
      nodes.push_back(top);
      stack.push_back(order_[top - tensors_].lhs), stack.push_back(order_[top - tensors_].rhs);
    }
    std::sort(nodes.begin(), nodes.end());
    std::map<std::uint32_t, std::uint32_t> made;
    const auto value = [&](std::uint32_t child) { return child < tensors_ ? here[child] : made.at(child); };
    for (std::uint32_t pair : nodes) made[pair] = join(value(order_[pair - tensors_].lhs), value(order_[pair - tensors_].rhs));
    return made.at(node);
  }

  // The message from above a node: from the old result down the path to it.
  void walk_up(std::uint32_t node, const std::vector<std::uint32_t>& here, std::uint32_t result) {
    std::vector<std::uint32_t> path;
    for (std::uint32_t at = node; at != nobody; at = above_[at]) path.push_back(at);
    std::uint32_t message = result;
    for (std::size_t i = path.size(); i-- > 1;) {
      const Pair pair = order_[path[i] - tensors_];
      message = join(message, below(pair.lhs == path[i - 1] ? pair.rhs : pair.lhs, here));
    }
  }

  const Order& order_;
  std::uint32_t tensors_;
  std::vector<std::uint32_t> above_;
  Order out_;
  std::uint32_t next_ = 0;
};

}  // namespace

SharedCost cost_of(const SharedNetwork& shared, const Order& order) {
  Contraction contraction(shared.network);
  std::vector<Identity> identities = shared.tensors;
  std::set<std::uint32_t> computed;
  SharedCost cost;
  for (const Pair pair : order) {
    const Loops loops = contraction.contract(pair);
    const ir::Term& out = contraction.labels(static_cast<std::uint32_t>(identities.size()));
    double seconds = shared.model.of_pair(loops, shared.objective);
    if (shared.objective == Objective::seconds && shared.sharing.is_symmetric(identities[pair.lhs], identities[pair.rhs], out))
      if (const std::uint32_t blocks = shared.model.symmetric_blocks(loops); blocks > 0) seconds = std::min(seconds, shared.model.symmetric(loops, blocks).seconds);
    identities.push_back(shared.sharing.contract(identities[pair.lhs], identities[pair.rhs], out));
    cost.alone = combine(cost.alone, seconds, shared.objective);
    if (shared.sharing.find(identities.back()) || !computed.insert(identities.back().number).second) continue;
    cost.cost = combine(cost.cost, seconds, shared.objective);
    ++cost.computed;
  }
  return cost;
}

std::vector<Order> orders_by_rounds(const SharedNetwork& shared, const Choose& choose) {
  std::vector<Order> orders;
  for (const bool most_first : {false, true}) {
    Rounds rounds(shared);
    std::size_t completed = shared.network.tensors.size();
    while (rounds.contract_equal(most_first)) {
      const std::size_t left = rounds.left().tensors().size();
      if (4 * left > 3 * completed) continue;  // every completion plans what is left
      completed = left;
      orders.push_back(rounds.left().completed(choose));
    }
    if (!rounds.left().order().empty() && completed != rounds.left().tensors().size()) orders.push_back(rounds.left().completed(choose));
  }
  return orders;
}

std::vector<Order> orders_along(const Order& other, const std::vector<std::uint32_t>& match, const Network& network, const Choose& choose) {
  const auto count = static_cast<std::uint32_t>(network.tensors.size()), tensors = static_cast<std::uint32_t>(match.size());
  std::vector<bool> matched(count, false);
  for (std::uint32_t tensor : match)
    if (tensor != nobody) matched[tensor] = true;
  const auto fresh = std::count(matched.begin(), matched.end(), false);
  const auto missing = std::count(match.begin(), match.end(), nobody);
  std::vector<Order> orders;
  if (missing == 1 && fresh <= 1) {
    const auto root = static_cast<std::uint32_t>(std::find(match.begin(), match.end(), nobody) - match.begin());
    const auto result = fresh == 0 ? nobody : static_cast<std::uint32_t>(std::find(matched.begin(), matched.end(), false) - matched.begin());
    orders.push_back(Unrooted(other, tensors).towards(root, match, result, count));
  }
  // Subtrees that have all their tensors here.
  Left left(network);
  std::vector<std::uint32_t> made = match;
  for (const Pair pair : other) {
    const std::uint32_t lhs = made[pair.lhs], rhs = made[pair.rhs];
    made.push_back(lhs == nobody || rhs == nobody ? nobody : left.contract({lhs, rhs}));
  }
  if (!left.order().empty()) orders.push_back(left.completed(choose));
  return orders;
}

}  // namespace einc::plan
