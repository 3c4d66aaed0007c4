// plan.cpp: a broken plan is refused with its text; totals add up.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/plan.hpp"

#include <limits>

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

namespace {

// ab,bc,cd->ad
Plan good() {
  Plan plan;
  plan.extents = {2, 3, 5, 7};
  plan.leaves = {{0, {0, 1}}, {1, {1, 2}}, {2, {2, 3}}};
  plan.steps = {{.kind = StepKind::contract, .lhs = 0, .rhs = 1, .out = {0, 2}, .flops = 60, .seconds = 1},
                {.kind = StepKind::contract, .lhs = 3, .rhs = 2, .out = {0, 3}, .flops = 140, .seconds = 2}};
  plan.results = {{4, {3, 0}}};
  return plan;
}

template <class Break>
std::string fault_of(Break break_it) {
  Plan plan = good();
  break_it(plan);
  try {
    verify(plan);
  } catch (const InternalError& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace

TEST_CASE("a good plan passes and its totals add up") {
  const Plan plan = good();
  CHECK_NOTHROW(verify(plan));
  CHECK(total_flops(plan) == 200);
  CHECK(total_seconds(plan) == 3);
  CHECK(largest_intermediate_bytes(plan) == 10 * 4);
  CHECK(print(plan) ==
        "plan f32 a=2 b=3 c=5 d=7; 0 flops naively\n"
        "  v0 = value 0: ab\n"
        "  v1 = value 1: bc\n"
        "  v2 = value 2: cd\n"
        "  v3 = contract v0 v1: ab,bc->ac  60 flops, 0 bytes, 1e+06 us\n"
        "  v4 = contract v3 v2: ac,cd->ad  140 flops, 0 bytes, 2e+06 us\n"
        "  result v4: da\n");
}

TEST_CASE("every promise of a plan is checked") {
  CHECK_THAT(fault_of([](Plan& p) { p.extents[1] = -1; }), ContainsSubstring("label 1 has the extent -1"));
  CHECK_THAT(fault_of([](Plan& p) { p.leaves[0].labels = {0, 0}; }), ContainsSubstring("v0 has label 0 twice"));
  CHECK_THAT(fault_of([](Plan& p) { p.leaves[0].labels = {0, 9}; }), ContainsSubstring("v0 has a label 9 without an extent"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].lhs = 4; }), ContainsSubstring("v3 uses v4, which is not earlier"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].rhs = no_value; }), ContainsSubstring("v3 has the wrong number of operands"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].kind = StepKind::reduce; }), ContainsSubstring("v3 has the wrong number of operands"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].out = {0, 3}; }), ContainsSubstring("v3: label 3 comes from nowhere"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].out = {2}; }), ContainsSubstring("label 0 is in one operand only, yet summed"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[0].seconds = std::numeric_limits<double>::infinity(); }), ContainsSubstring("a cost that is no number"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[1] = {.kind = StepKind::reduce, .lhs = 3, .out = {3}}; }), ContainsSubstring("v4 has a label from nowhere"));
  CHECK_THAT(fault_of([](Plan& p) { p.steps[1] = {.kind = StepKind::permute, .lhs = 3, .out = {2}}; }), ContainsSubstring("v4 permutes and loses a label"));
  CHECK_THAT(fault_of([](Plan& p) { p.results[0].value = 3; }), ContainsSubstring("v4 is computed but never used"));
  CHECK_THAT(fault_of([](Plan& p) { p.results[0].value = 5; }), ContainsSubstring("the result v5 does not exist"));
  CHECK_THAT(fault_of([](Plan& p) { p.results[0].labels = {0}; }), ContainsSubstring("other labels than asked for"));
  CHECK_THAT(fault_of([](Plan& p) { p.naive_flops = -1; }), ContainsSubstring("the naive cost is no number"));
}

TEST_CASE("the text of a refused plan is in the message") {
  CHECK_THAT(fault_of([](Plan& p) { p.results[0].value = 3; }), ContainsSubstring("v3 = contract v0 v1: ab,bc->ac"));
}
