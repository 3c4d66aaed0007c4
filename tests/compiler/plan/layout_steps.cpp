// layout_steps.cpp: intermediates lie in memory as the next step wants to read them.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/layout_steps.hpp"

#include <einc/options.hpp>

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// The labels of every step's result, with the letters of the text.
std::vector<std::string> results_of(const std::string& text, const std::vector<Extent>& extents) {
  std::string letters = text;
  std::erase_if(letters, [](char c) { return c < 'a' || c > 'z'; });
  std::sort(letters.begin(), letters.end());
  letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
  std::vector<std::string> results;
  for (const ir::Step& step : plan::make_plan(expression_of(text, extents), test_target(), {.planner = Planner::left_to_right}).steps) {
    CHECK(step.kind != ir::StepKind::permute);
    std::string result;
    for (Label label : step.out) result += letters[label];
    results.push_back(result);
  }
  return results;
}

using Results = std::vector<std::string>;

}  // namespace

TEST_CASE("the operand that gives rows has the sum at stride 1") {
  CHECK(results_of("ab,bc,cd->ad", {64, 64, 64, 64}) == Results{"ac", "ad"});
}

TEST_CASE("the operand that gives vectors has them at stride 1") {
  CHECK(results_of("ab,bc,cd->da", {64, 64, 64, 64}) == Results{"ca", "da"});
}

TEST_CASE("labels that both operands keep stand outside") {
  // attention: scores (b h q k) times values (b k h d)
  CHECK(results_of("bqhc,bkhc,bkhd->bqhd", {2, 64, 64, 8, 128, 128}) == Results{"bhqk", "bqhd"});
}

TEST_CASE("summed labels stand in the order of the other operand, so that they merge into one loop") {
  CHECK(results_of("abx,bcdx,dcy->ay", {32, 32, 8, 8, 32, 32}) == Results{"adc", "ay"});
}

TEST_CASE("a product without a sum is read as it is written") {
  CHECK(results_of("ab,bc,ac->ca", {32, 32, 32}) == Results{"ca", "ca"});
}

TEST_CASE("a lone sum keeps the order of what it reads") {
  CHECK(results_of("cxa,ab->cb", {32, 32, 32, 32}) == Results{"ca", "cb"});
}
