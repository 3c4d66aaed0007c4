// network.cpp: replaying an order gives loops and labels; parts that share no label are found and joined.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/network.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;

TEST_CASE("a label ends with its last two holders, unless it is kept") {
  // ab,bc,bd,ac->ad: b is in three tensors, a in two and kept.
  const Network network{{2, 3, 5, 7}, {{0, 1}, {1, 2}, {1, 3}, {0, 2}}, {0, 3}};
  Contraction contraction(network);
  const Loops first = contraction.contract({0, 1});
  CHECK((first.batch == 3 && first.m == 2 && first.n == 5 && first.k == 1));
  CHECK(contraction.labels(4) == ir::Term{0, 1, 2});
  const Loops second = contraction.contract({4, 2});
  CHECK((second.batch == 1 && second.m == 10 && second.n == 7 && second.k == 3));
  const Loops third = contraction.contract({5, 3});
  CHECK((third.batch == 2 && third.m == 7 && third.n == 1 && third.k == 5));
  CHECK(contraction.labels(6) == ir::Term{0, 3});
}

TEST_CASE("parts are found in the order of their first tensor") {
  const Network network{{2, 2, 2, 2}, {{0}, {1, 2}, {0, 3}, {}, {2}, {3}}, {1}};
  CHECK(connected_parts(network) == std::vector<std::vector<std::uint32_t>>{{0, 2, 5}, {1, 4}, {3}});
  CHECK(connected_parts(testing::lattice(40, 40, 2)).size() == 1);
}

TEST_CASE("the two smallest parts are joined first") {
  Order order;
  join_parts({{8, 0}, {2, 1}, {3, 2}, {1, 3}}, 4, order);
  CHECK(order == Order{{1, 3}, {2, 4}, {0, 5}});
  join_parts({{8, 0}}, 4, order);
  CHECK(order.size() == 3);
}

TEST_CASE("products end at the largest one that is told apart") {
  const std::vector<double> extents(20, 1e18);
  CHECK(product({0, 1}, extents) == Approx(1e36));
  CHECK(product({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, extents) == largest_product);
}

TEST_CASE("pairs of constants, and of what is made of them, have little weight") {
  const Network network{{2, 3, 5, 7, 2}, {{0, 1}, {1, 2}, {2, 3}, {3, 4}}, {0, 4}, {true, true, true, false}};
  Contraction contraction(network);
  CHECK(contraction.contract({0, 1}).weight == constant_weight);
  CHECK(contraction.contract({2, 4}).weight == constant_weight);
  CHECK(contraction.contract({3, 5}).weight == 1);
  CHECK(contraction.is_constant(5));
  CHECK(!contraction.is_constant(6));
  Contraction other(network);
  CHECK(other.contract({2, 3}).weight == 1);
  const Network none{network.extents, network.tensors, network.kept};
  CHECK(Contraction(none).contract({0, 1}).weight == 1);
}
