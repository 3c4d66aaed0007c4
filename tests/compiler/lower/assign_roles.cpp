#include "lower/assign_roles.hpp"

#include "support/catch.hpp"

using namespace einc;
using ir::Loop;
using ir::Role;
using lower::assign_roles;
using lower::Strided;

namespace {
// Labels of the tests: extents by number.
const std::vector<Extent> extents{2, 3, 4, 5, 1};
}  // namespace

TEST_CASE("labels take the role their arrays give them") {
  // "abc,abd->acd" with b summed: batch a, m c, n d, k b.
  const Strided lhs{{0, 1, 2}, {12, 4, 1}, {}}, rhs{{0, 1, 3}, {15, 5, 1}, {}}, out{{0, 2, 3}, {20, 5, 1}, {}};
  const lower::Roles roles = assign_roles(lhs, &rhs, out, extents);
  CHECK_FALSE(roles.swapped);
  CHECK(roles.loops == std::vector<Loop>{{Role::batch, 2, 12, 15, 20}, {Role::m, 4, 1, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 3, 4, 5, 0}});
}

TEST_CASE("the operand with the result's stride-1 label becomes b") {
  // "ab,bc->ca": the result runs along a, which the left operand has.
  const Strided lhs{{0, 1}, {3, 1}, {}}, rhs{{1, 2}, {4, 1}, {}}, out{{2, 0}, {2, 1}, {}};
  const lower::Roles roles = assign_roles(lhs, &rhs, out, extents);
  CHECK(roles.swapped);
  CHECK(roles.loops == std::vector<Loop>{{Role::m, 4, 1, 0, 2}, {Role::n, 2, 0, 3, 1}, {Role::k, 3, 4, 1, 0}});
}

TEST_CASE("few neighbours of the result are rows, where the other operand has neighbours of its own") {
  const auto swapped = [](const std::vector<Extent>& sizes, bool contiguous) {
    // "bda,dc->abc", labels in this order: the result runs along c, the left operand along a.
    const Extent a = sizes[0], b = sizes[1], c = sizes[2], d = sizes[3];
    const Strided lhs = contiguous ? Strided{{1, 3, 0}, {d * a, a, 1}, {}} : Strided{{1, 3, 0}, {d * a, 1, d}, {}};
    const Strided rhs{{3, 2}, {c, 1}, {}}, out{{0, 1, 2}, {b * c, c, 1}, {}};
    const lower::Roles roles = assign_roles(lhs, &rhs, out, sizes);
    CHECK(roles.swapped == (roles.loops.back().b == a || roles.loops.back().b == 1));
    return roles.swapped;
  };
  CHECK(swapped({76, 76, 4, 76}, true));
  CHECK(swapped({384, 384, 24, 384}, true));
  CHECK_FALSE(swapped({384, 384, 64, 384}, true));
  CHECK_FALSE(swapped({76, 76, 4, 76}, false));
  CHECK_FALSE(swapped({16, 8, 4, 16}, true));  // little work
  CHECK_FALSE(swapped({8, 700, 4, 76}, true));
}

TEST_CASE("vectors stay along the result where the other operand has no more to run along") {
  // "ki,kj->ij": both have neighbours.
  const auto swapped = [](Extent i, Extent j) {
    const std::vector<Extent> sizes{10000, i, j};
    const Strided lhs{{0, 1}, {i, 1}, {}}, rhs{{0, 2}, {j, 1}, {}}, out{{1, 2}, {j, 1}, {}};
    return assign_roles(lhs, &rhs, out, sizes).swapped;
  };
  CHECK_FALSE(swapped(24, 24));
  CHECK_FALSE(swapped(40, 24));
  CHECK(swapped(48, 24));
}

TEST_CASE("neighbouring loops merge where all arrays walk them as one") {
  // "abc,c->ab": a and b lie together in both arrays.
  const Strided lhs{{0, 1, 2}, {12, 4, 1}, {}}, rhs{{2}, {1}, {}}, out{{0, 1}, {3, 1}, {}};
  CHECK(assign_roles(lhs, &rhs, out, extents).loops == std::vector<Loop>{{Role::m, 6, 4, 0, 1}, {Role::k, 4, 1, 1, 0}});
  const Strided apart{{0, 1, 2}, {24, 4, 1}, {}};
  CHECK(assign_roles(apart, &rhs, out, extents).loops.size() == 3);
}

TEST_CASE("the only free side is m, and labels of extent 1 make no loop") {
  const Strided lhs{{1}, {1}, {}}, rhs{{1, 2, 4}, {4, 1, 7}, {}}, out{{2, 4}, {1, 1}, {}};
  const lower::Roles roles = assign_roles(lhs, &rhs, out, extents);
  CHECK(roles.swapped);
  CHECK(roles.loops == std::vector<Loop>{{Role::m, 4, 1, 0, 1}, {Role::k, 3, 4, 1, 0}});
}

TEST_CASE("a step on one array has m and k only") {
  const Strided lhs{{0, 1}, {3, 1}, {}}, out{{1}, {1}, {}};
  CHECK(assign_roles(lhs, nullptr, out, extents).loops == std::vector<Loop>{{Role::m, 3, 1, 0, 1}, {Role::k, 2, 3, 0, 0}});
}
