// order_greedy.cpp: greedy orders are valid, repeatable and sensible on networks of any size and kind.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_greedy.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

Network with_one_label(std::uint32_t tensors) { return {{8}, std::vector<ir::Term>(tensors, ir::Term{0}), {}}; }

}  // namespace

TEST_CASE("greedy takes the pair that shrinks most first") {
  // ab,bc,cd: the large label c goes first.
  const Network network{{4, 4, 100, 4}, {{0, 1}, {1, 2}, {2, 3}}, {0, 3}};
  CHECK(order_greedy(network) == Order{{1, 2}, {0, 3}});
}

TEST_CASE("greedy orders any number of tensors") {
  CHECK(order_greedy(Network{{}, {{}}, {}}).empty());
  for (const Network& network : {lattice(60, 60, 2), with_one_label(5000), Network{{}, std::vector<ir::Term>(3000), {}}}) {
    const Order order = order_greedy(network);
    CHECK(is_valid(order, network.tensors.size()));
    CHECK(order == order_greedy(network));
  }
}

TEST_CASE("greedy never multiplies tensors without a common label while others have one") {
  const Network network = lattice(6, 6, 4);
  Contraction contraction(network);
  for (const Pair pair : order_greedy(network)) {
    const ir::Term lhs = contraction.labels(pair.lhs), rhs = contraction.labels(pair.rhs);
    CHECK(std::find_first_of(lhs.begin(), lhs.end(), rhs.begin(), rhs.end()) != lhs.end());
    contraction.contract(pair);
  }
}

TEST_CASE("noise finds other orders, the same for the same seed") {
  const Network network = lattice(8, 8, 4);
  const Order noisy = order_greedy(network, {.temperature = 1, .seed = 7});
  CHECK(is_valid(noisy, 64));
  CHECK(noisy == order_greedy(network, {.temperature = 1, .seed = 7}));
  CHECK(noisy != order_greedy(network, {.temperature = 1, .seed = 8}));
}
