// price_steps.cpp: every step carries its cost and says in words what it is and what bounds it.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/price_steps.hpp"

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

ir::Step last_step(const std::string& text, const std::vector<Extent>& extents) {
  return plan::make_plan(expression_of(text, extents), test_target(), {}).steps.back();
}

}  // namespace

TEST_CASE("a step says what it is") {
  CHECK_THAT(last_step("ab,bc->ac", {512, 256, 1024}).reason, ContainsSubstring("512 x 1024 x 256 (m, n, k); bound by arithmetic"));
  CHECK_THAT(last_step("ab,b->a", {4096, 8192}).reason, ContainsSubstring("matrix of 4096 x 8192 times vector; bound by moving 134 MB through memory"));
  CHECK_THAT(last_step("a,a->", {100}).reason, ContainsSubstring("a dot product of 100; so small"));
  CHECK_THAT(last_step("a,b->ab", {2000, 3000}).reason, ContainsSubstring("an outer product; bound by moving 24 MB through l3"));
  CHECK_THAT(last_step("a,a->a", {10}).reason, ContainsSubstring("a product element by element"));
  CHECK_THAT(last_step("abc->b", {10, 10, 10}).reason, ContainsSubstring("sums 2 labels nobody else needs"));
  CHECK_THAT(last_step("ab->ba", {10, 10}).reason, ContainsSubstring("another order of labels"));
}

TEST_CASE("a short extent is named when it keeps a contraction from peak") {
  CHECK_THAT(last_step("ab,bc->ac", {128, 4, 128}).reason, ContainsSubstring(", as k is only 4"));
  CHECK_THAT(last_step("ab,bc->ac", {256, 256, 3}).reason, ContainsSubstring(", as n is only 3"));
}

TEST_CASE("costs of a step are those of its own extents, zeros too") {
  const ir::Step step = last_step("ab,bc->ac", {2, 3, 5});
  CHECK(step.flops == 60);
  CHECK(step.bytes == 4 * (6 + 15 + 10));
  CHECK(step.seconds > 0);
  CHECK(last_step("ab,bc->ac", {2, 0, 5}).flops == 0);
}
