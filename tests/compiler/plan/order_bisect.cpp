// order_bisect.cpp: the cheap cut is found, every order is valid, equal seeds give equal orders.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_bisect.hpp"

#include <cstdlib>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

TEST_CASE("two clusters joined by a thin label are told apart") {
  if (bisection_by().empty()) return;
  // 0 1 2 and 3 4 5 are triangles of large labels; label 6 joins them.
  const Network network{{50, 50, 50, 50, 50, 50, 2}, {{0, 2}, {0, 1}, {1, 2, 6}, {3, 5, 6}, {3, 4}, {4, 5}}, {}};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Order order = order_bisect(network, {.imbalance = 0, .seed = seed});
    REQUIRE(is_valid(order, 6));
    Contraction contraction(network);
    for (std::size_t step = 0; step + 1 < order.size(); ++step) contraction.contract(order[step]);
    CHECK(contraction.labels(order.back().lhs) == ir::Term{6});
    CHECK(contraction.labels(order.back().rhs) == ir::Term{6});
  }
}

TEST_CASE("a thin lattice is cut across, not along") {
  if (bisection_by().empty()) return;
  const Network network = lattice(64, 3, 4);
  const Order order = order_bisect(network);
  REQUIRE(is_valid(order, 192));
  Contraction contraction(network);
  for (const Pair pair : order) contraction.contract(pair);
  CHECK(contraction.labels(order.back().lhs).size() == 3);
}

TEST_CASE("every network has its halves") {
  if (bisection_by().empty()) return;
  for (const Network& network : degenerate_networks()) {
    for (double imbalance : {0.0, 0.1, 0.5}) {
      const Order order = order_bisect(network, {.imbalance = imbalance});
      CHECK(order.size() + 1 == std::max<std::size_t>(network.tensors.size(), 1));
      if (!network.tensors.empty()) CHECK(is_valid(order, network.tensors.size()));
    }
  }
}

TEST_CASE("equal seeds give equal halves, other seeds others") {
  if (bisection_by().empty()) return;
  const Network network = lattice(12, 12, 3);
  CHECK(order_bisect(network, {.seed = 4}) == order_bisect(network, {.seed = 4}));
  CHECK(order_bisect(network, {.seed = 4}) != order_bisect(network, {.seed = 5}));
}

TEST_CASE("threads that halve at once do not disturb one another, nor the numbers a program draws") {
  if (bisection_by().empty()) return;
  const Network network = lattice(12, 12, 3);
  const Order alone = order_bisect(network, {.seed = 4});
  std::srand(7);
  const int first = std::rand(), second = std::rand();
  std::srand(7);
  CHECK(std::rand() == first);
  std::vector<Order> orders(16);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int turn = 0; turn < 4; ++turn) orders[static_cast<std::size_t>(4 * thread + turn)] = order_bisect(network, {.seed = 4});
    });
  for (std::thread& thread : threads) thread.join();
  for (const Order& order : orders) CHECK(order == alone);
#ifdef __GLIBC__
  CHECK(std::rand() == second);
#else
  static_cast<void>(second);
#endif
}
