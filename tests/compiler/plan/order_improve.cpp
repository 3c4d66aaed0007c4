// order_improve.cpp: never worse than its start, the best there is on small networks, the same for the same seed.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_improve.hpp"

#include "plan/order_exact.hpp"
#include "plan/order_greedy.hpp"
#include "plan/order_left_to_right.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

constexpr Objective objectives[] = {Objective::seconds, Objective::flops, Objective::size, Objective::write};
const CostModel model(test_target(), DType::f32);

}  // namespace

TEST_CASE("no improvement is worse than its start, with much work or none") {
  for (const Network& network : {lattice(5, 5, 3), random_network(1, 20, 30, false), degenerate_networks()[4]}) {
    for (Objective objective : objectives) {
      for (std::uint64_t work : {0U, 100'000U, 1'000'000U}) {
        for (const Order& start : {order_greedy(network), order_left_to_right(network)}) {
          const Trial trial = order_improve(network, model, start, {.objective = objective, .work = work});
          CHECK(is_valid(trial.order, network.tensors.size()));
          CHECK(trial.cost == model.of_order(network, trial.order, objective));
          CHECK(trial.cost <= model.of_order(network, start, objective));
        }
      }
    }
  }
}

TEST_CASE("small networks end at the best order, wherever they start") {
  for (Objective objective : {Objective::seconds, Objective::flops, Objective::write}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Network network = random_network(seed, 3 + seed % 6, static_cast<Label>(3 + seed % 9), false);
      const auto exact = order_exact(network, model, {.objective = objective});
      REQUIRE(exact);
      const Trial trial =
          order_improve(network, model, order_left_to_right(network), {.objective = objective, .work = 500'000});
      INFO("seed " << seed << " objective " << static_cast<int>(objective));
      CHECK(trial.cost == Approx(model.of_order(network, exact->order, objective)));
    }
  }
}

TEST_CASE("a lattice of 64 tensors from a poor start comes below the best known cost of others") {
  const Network network = lattice(8, 8, 4);
  const Trial trial = order_improve(network, model, order_left_to_right(network), {.objective = Objective::flops});
  CHECK(trial.cost <= 1.0e8);  // cotengra's best in 8.5 s; greedy orders end at 2e8
}

TEST_CASE("equal seeds give equal improvements") {
  const Network network = lattice(6, 6, 3);
  const ImproveOptions options{.work = 500'000, .seed = 5};
  const Order start = order_greedy(network);
  CHECK(order_improve(network, model, start, options).order == order_improve(network, model, start, options).order);
}

TEST_CASE("networks without much to improve stay valid") {
  for (const Network& network : degenerate_networks()) {
    const Trial trial = order_improve(network, model, order_greedy(network), {.work = 200'000});
    CHECK(trial.order.size() + 1 == std::max<std::size_t>(network.tensors.size(), 1));
    if (!network.tensors.empty()) CHECK(is_valid(trial.order, network.tensors.size()));
  }
}

TEST_CASE("a network too large for a tree stays as it is") {
  const Network network = lattice(70, 70, 2);
  CHECK_FALSE(can_improve(network));
  CHECK(can_improve(lattice(40, 40, 2)));
  const Order start = order_greedy(network);
  CHECK(order_improve(network, model, start).order == start);
}
