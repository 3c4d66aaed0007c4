// layout_prices.cpp: what is asked about a contraction has no names of labels, and is asked once.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/layout_prices.hpp"

#include "support/catch.hpp"

using namespace einc;
using namespace einc::plan;

namespace {

struct Asked {
  std::vector<LaidContraction> asked;
  ContractionSeconds seconds = [this](const LaidContraction& contraction) {
    asked.push_back(contraction);
    return static_cast<double>(asked.size());
  };
};

}  // namespace

TEST_CASE("labels that lie side by side in all arrays are one") {
  Asked who;
  const std::vector<Extent> extents{2, 3, 4, 5};
  LayoutPrices prices(who.seconds, extents, DType::f32);
  prices({{0, 1, 2}, {12, 4, 1}}, {{2, 3}, {5, 1}}, {{0, 1, 3}, {15, 5, 1}});
  REQUIRE(who.asked.size() == 1);
  REQUIRE(who.asked[0].groups.size() == 3);
  CHECK(who.asked[0].groups[0] == LabelGroup{.extent = 4, .lhs = 1, .rhs = 5, .out = 0, .in = 3});
  CHECK(who.asked[0].groups[1] == LabelGroup{.extent = 6, .lhs = 4, .rhs = 0, .out = 5, .in = 5});
  prices({{0, 1, 2}, {12, 4, 1}}, {{2, 3}, {5, 1}}, {{1, 0, 3}, {10, 5, 1}});  // apart in the result
  CHECK(who.asked.at(1).groups.size() == 4);
}

TEST_CASE("a contraction that was asked about under other names is not asked about again, one of other types is") {
  Asked who;
  const std::vector<Extent> extents{4, 5, 6, 1, 6, 4, 5};
  LayoutPrices prices(who.seconds, extents, DType::f32);
  const double first = prices({{0, 1}, {5, 1}}, {{1, 2}, {6, 1}}, {{0, 2}, {6, 1}});
  CHECK(prices({{5, 6}, {5, 1}}, {{6, 4}, {6, 1}}, {{5, 4}, {6, 1}}) == first);
  CHECK(prices({{5, 3, 6}, {5, 9, 1}}, {{6, 4}, {6, 1}}, {{5, 4}, {6, 1}}) == first);  // a label of one position
  CHECK(who.asked.size() == 1);
  CHECK(prices({{5, 6}, {5, 1}, DType::bf16}, {{6, 4}, {6, 1}}, {{5, 4}, {6, 1}}) != first);
  CHECK(prices({{5, 6}, {5, 1}}, {{6, 4}, {6, 1}, {}, true}, {{5, 4}, {6, 1}}) != first);
  CHECK(prices({{5, 6}, {1, 4}}, {{6, 4}, {6, 1}}, {{5, 4}, {6, 1}}) != first);
}
