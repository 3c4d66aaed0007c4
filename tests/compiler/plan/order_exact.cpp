// order_exact.cpp: nothing beats the exact planner: every order of small networks is tried.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_exact.hpp"

#include <limits>

#include "plan/order_greedy.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

constexpr Objective objectives[] = {Objective::seconds, Objective::flops, Objective::size, Objective::write};

// The cheapest of all orders, tried one after the other.
double best_by_trying(const Network& network, const CostModel& model, Objective objective, std::vector<std::uint32_t> open,
                      Order& order) {
  if (open.size() <= 1) return model.of_order(network, order, objective);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t one = 0; one < open.size(); ++one) {
    for (std::size_t other = one + 1; other < open.size(); ++other) {
      std::vector<std::uint32_t> rest = open;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(other));
      rest[one] = static_cast<std::uint32_t>(network.tensors.size() + order.size());
      order.push_back({open[one], open[other]});
      best = std::min(best, best_by_trying(network, model, objective, rest, order));
      order.pop_back();
    }
  }
  return best;
}

double best_by_trying(const Network& network, const CostModel& model, Objective objective) {
  std::vector<std::uint32_t> open;
  for (std::uint32_t tensor = 0; tensor < network.tensors.size(); ++tensor) open.push_back(tensor);
  Order order;
  return best_by_trying(network, model, objective, open, order);
}

// A binary tree over connected sets only, by plain recursion over all splits: the reference above outer_product_limit.
class Splits {
 public:
  Splits(const Network& network, const CostModel& model, Objective objective)
      : network_(network), model_(model), objective_(objective), known_(std::size_t{1} << network.tensors.size(), -1) {}

  double best(std::uint64_t set) {
    if ((set & (set - 1)) == 0) return 0;
    if (known_[set] >= 0) return known_[set];
    double found = std::numeric_limits<double>::infinity();
    for (std::uint64_t left = (set - 1) & set; left != 0; left = (left - 1) & set) {
      const std::uint64_t right = set & ~left;
      if (left < right || !share(left, right)) continue;
      const double parts = combine(best(left), best(right), objective_);
      found = std::min(found, combine(parts, model_.of_pair(loops(left, right), objective_), objective_));
    }
    return known_[set] = found;
  }

 private:
  bool has(std::uint64_t set, Label label) const {
    for (std::size_t tensor = 0; tensor < network_.tensors.size(); ++tensor) {
      if ((set >> tensor & 1) && std::count(network_.tensors[tensor].begin(), network_.tensors[tensor].end(), label)) return true;
    }
    return false;
  }
  bool survives(std::uint64_t set, Label label) const {
    return has(set, label) && (has(~set, label) || std::count(network_.kept.begin(), network_.kept.end(), label));
  }
  bool share(std::uint64_t left, std::uint64_t right) const {
    for (Label label = 0; label < network_.extents.size(); ++label) {
      if (survives(left, label) && survives(right, label)) return true;
    }
    return false;
  }
  Loops loops(std::uint64_t left, std::uint64_t right) const {
    Loops result;
    for (Label label = 0; label < network_.extents.size(); ++label) {
      const bool one = survives(left, label), other = survives(right, label), out = survives(left | right, label);
      if (one && other) (out ? result.batch : result.k) *= network_.extents[label];
      if (one && !other) result.m *= network_.extents[label];
      if (!one && other) result.n *= network_.extents[label];
    }
    bool constant = !network_.constant.empty();
    for (std::size_t tensor = 0; tensor < network_.tensors.size(); ++tensor) constant = constant && (((left | right) >> tensor & 1) == 0 || network_.constant[tensor]);
    if (constant) result.weight = constant_weight;
    return result;
  }

  const Network& network_;
  const CostModel& model_;
  Objective objective_;
  std::vector<double> known_;
};

}  // namespace

TEST_CASE("no order of a small network beats the exact planner") {
  const CostModel model(test_target(), DType::f32);
  for (Objective objective : objectives) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const std::size_t tensors = 2 + seed % 4;
      const Network network = random_network(seed, tensors, static_cast<Label>(1 + seed % 7), false);
      const auto exact = order_exact(network, model, {.objective = objective});
      REQUIRE(exact);
      REQUIRE(is_valid(exact->order, tensors));
      INFO("seed " << seed << " objective " << static_cast<int>(objective));
      CHECK(model.of_order(network, exact->order, objective) == Approx(best_by_trying(network, model, objective)));
    }
  }
}

TEST_CASE("no tree of connected parts beats the exact planner") {
  const CostModel model(test_target(), DType::f64);
  for (Objective objective : objectives) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const Network network = random_network(seed, 9, static_cast<Label>(11 + seed % 6), true);
      const auto exact = order_exact(network, model, {.objective = objective});
      REQUIRE(exact);
      REQUIRE(is_valid(exact->order, 9));
      INFO("seed " << seed << " objective " << static_cast<int>(objective));
      CHECK(model.of_order(network, exact->order, objective) == Approx(Splits(network, model, objective).best((1U << 9) - 1)));
    }
  }
}

TEST_CASE("nor where some tensors are constant, and what is made of them alone weighs little") {
  const CostModel model(test_target(), DType::f64);
  int cheaper = 0;
  for (Objective objective : objectives) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const std::size_t tensors = seed < 40 ? 3 + seed % 3 : 9;
      Network network = random_network(seed, tensors, static_cast<Label>(seed < 40 ? 2 + seed % 7 : 11 + seed % 6), seed >= 40);
      const Order without = order_exact(network, model, {.objective = objective})->order;
      for (std::size_t tensor = 0; tensor < tensors; ++tensor) network.constant.push_back((seed + tensor * tensor) % 3 != 0);
      const auto exact = order_exact(network, model, {.objective = objective});
      REQUIRE(exact);
      REQUIRE(is_valid(exact->order, tensors));
      INFO("seed " << seed << " objective " << static_cast<int>(objective));
      const double cost = model.of_order(network, exact->order, objective);
      CHECK(cost == Approx(seed < 40 ? best_by_trying(network, model, objective) : Splits(network, model, objective).best((1U << 9) - 1)));
      cheaper += cost < 0.9 * model.of_order(network, without, objective);
    }
  }
  CHECK(cheaper > 20);
}

TEST_CASE("parts without a common label are joined, the smallest first") {
  // Eleven tensors in four parts: two pairs, a chain of six, a scalar.
  const Network network{{2, 3, 5, 7, 11, 13, 2, 3, 4, 4, 4, 4, 4},
                        {{0, 1}, {1, 2}, {3, 4}, {4, 5}, {6, 7}, {7, 8}, {8, 9}, {9, 10}, {10, 11}, {11, 12}, {}},
                        {0, 2, 3, 5, 6, 12}};
  const CostModel model(test_target(), DType::f32);
  const auto exact = order_exact(network, model, {.objective = Objective::flops});
  REQUIRE(exact);
  REQUIRE(is_valid(exact->order, 11));
  // The chain, the pairs, then scalar x chain (8), x first pair (8 * 10), x second pair (80 * 91).
  const double chain = 2 * (2 * 3 * 4 + 4 * (2 * 4 * 4)), pairs = 2 * (2 * 3 * 5) + 2 * (7 * 11 * 13);
  CHECK(model.of_order(network, exact->order, Objective::flops) == chain + pairs + 8 + 8 * 10 + 80 * 91);
}

TEST_CASE("a product without a common label is taken when it pays") {
  // a,b,abc->c with a short and c long: (a b) first costs next to nothing and saves a pass over abc.
  const Network network{{2, 100, 1000}, {{0}, {1}, {0, 1, 2}}, {2}};
  const CostModel model(test_target(), DType::f32);
  const auto exact = order_exact(network, model, {.objective = Objective::flops});
  REQUIRE(exact);
  CHECK(exact->order.front() == Pair{0, 1});
}

TEST_CASE("the search gives up at its work limit and above 64 connected tensors") {
  const CostModel model(test_target(), DType::f32);
  CHECK_FALSE(order_exact(random_network(1, 20, 40, true), model, {.work_limit = 100}));
  const Network regular = regular_network(1, 14, 3, 4);
  std::uint64_t enough = 1;  // the least power of two that is
  while (!order_exact(regular, model, {.work_limit = enough})) enough *= 2;
  REQUIRE(enough > 64);
  for (std::uint64_t limit = enough; limit > 0; limit /= 2) CHECK(order_exact(regular, model, {.work_limit = limit}).has_value() == (limit == enough));
  Network chain;
  for (Label label = 0; label < 65; ++label) chain.tensors.push_back({label, label + 1});
  chain.extents.assign(66, 4.0);
  chain.kept = {0, 65};
  CHECK_FALSE(order_exact(chain, model));
  chain.tensors.pop_back();
  chain.extents.pop_back();
  chain.kept = {0, 64};
  const auto exact = order_exact(chain, model);
  REQUIRE(exact);
  CHECK(is_valid(exact->order, 64));
}

TEST_CASE("many labels between the same tensors count as one") {
  Network network;
  network.tensors.resize(9);
  for (Label label = 0; label < 400; ++label) {
    network.tensors[label % 9].push_back(label);
    network.tensors[(label + 1) % 9].push_back(label);
  }
  network.extents.assign(400, 1.01);
  const CostModel model(test_target(), DType::f32);
  const auto exact = order_exact(network, model);
  REQUIRE(exact);
  CHECK(is_valid(exact->order, 9));
}

TEST_CASE("greedy orders are valid, and never better than the exact one") {
  const CostModel model(test_target(), DType::f32);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Network network = random_network(seed, 7, 10, false);
    const Order greedy = order_greedy(network);
    REQUIRE(is_valid(greedy, 7));
    const auto exact = order_exact(network, model);
    REQUIRE(exact);
    CHECK(model.of_order(network, exact->order, Objective::seconds) <= model.of_order(network, greedy, Objective::seconds) * (1 + 1e-9));
  }
}
