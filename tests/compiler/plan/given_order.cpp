// given_order.cpp: an order somebody else has chosen is taken as it is, or refused with the step that is wrong.
#include "plan/given_order.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::plan;

namespace {

using Places = std::vector<std::vector<std::uint32_t>>;

std::string refusal(const Places& places, std::size_t operands) {
  try {
    take_order(places, operands);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_option);
    CHECK(!error.hint().empty());
    return error.sentence();
  }
  return "taken";
}

// Joins a network left to right.
Choice left_to_right(const Network& network) {
  Choice choice{{{0, 1}}, "left to right"};
  for (std::uint32_t i = 2; i < network.tensors.size(); ++i) choice.order.push_back({static_cast<std::uint32_t>(network.tensors.size()) + i - 2, i});
  return choice;
}

}  // namespace

TEST_CASE("places are found in the list of what is left") {
  CHECK(take_order({{1, 2}, {0, 1}}, 3) == Steps{{1, 2}, {0, 3}});
  CHECK(take_order({{0, 1}, {0, 1}}, 3) == Steps{{0, 1}, {2, 3}});
  CHECK(take_order({{3, 0}, {0, 1}, {1, 0}}, 4) == Steps{{3, 0}, {1, 2}, {5, 4}});
  CHECK(take_order({{0, 1, 2}}, 3) == Steps{{0, 1, 2}});
  CHECK(take_order({{0}}, 1).empty());
  CHECK(take_order({}, 1).empty());
}

TEST_CASE("an order and its places say the same") {
  const Order order{{2, 4}, {0, 1}, {6, 3}, {7, 5}};
  const Places places = places_of(order, 5);
  const Steps steps = take_order(places, 5);
  REQUIRE(steps.size() == order.size());
  for (std::size_t i = 0; i < steps.size(); ++i) CHECK(steps[i] == std::vector<std::uint32_t>{order[i].lhs, order[i].rhs});
}

TEST_CASE("what is no order is refused, with the step and its values") {
  CHECK(refusal({{0, 5}, {0, 1}}, 3) == "step 1 of the order, (0, 5), names operand 5 where 3 are left, 0 to 2");
  CHECK(refusal({{0, 1}, {0, 2}}, 3) == "step 2 of the order, (0, 2), names operand 2 where 2 are left, 0 to 1");  // a result before it is there
  CHECK(refusal({{1, 1}, {0, 1}}, 3) == "step 1 of the order, (1, 1), names operand 1 twice");
  CHECK(refusal({{0, 1}}, 3) == "the order ends with 2 operands left; its last step takes all that are");
  CHECK(refusal({{0, 1}, {}}, 3) == "step 2 of the order, (), takes 0 operands; a step contracts two or more");
  CHECK(refusal({{2}, {0, 1}, {0, 1}}, 3) == "step 1 of the order, (2), takes 1 operand; a step contracts two or more");
  CHECK(refusal({{0, 1}, {0, 1}, {0, 1}}, 3) == "step 3 of the order, (0, 1), has nothing to contract: after step 2 only the result is left");
  CHECK_THAT(refusal({{0, 1}}, 1), ContainsSubstring("nothing to contract"));
  CHECK_THAT(refusal({{4294967295u, 0}}, 2), ContainsSubstring("4294967295"));
  CHECK(refusal({}, 2) == "the order ends with 2 operands left; its last step takes all that are");
}

TEST_CASE("steps of two need no planner, larger ones are networks of their own") {
  // ab,bc,cd,de,ea, nothing kept: the step in the middle has its outer labels to keep.
  const Network ring{{2, 3, 5, 7, 11}, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}}, {}};
  int asked = 0;
  const auto choose = [&](const Network& part) {
    ++asked;
    REQUIRE(part.tensors.size() == 3);
    CHECK(part.kept.size() == 2);  // of four labels the two that leave the step
    CHECK(part.extents.size() == 4);
    return left_to_right(part);
  };
  const Choice pairs = pairs_of(ring, {{0, 1}, {2, 3}, {5, 4}, {7, 6}}, choose);
  CHECK(asked == 0);
  CHECK(pairs.order == Order{{0, 1}, {2, 3}, {5, 4}, {7, 6}});
  const Choice mixed = pairs_of(ring, {{1, 2, 3}, {5, 0, 4}}, [&](const Network& part) { return asked++ == 0 ? left_to_right(part) : left_to_right(part); });
  CHECK(asked == 2);
  CHECK(mixed.order == Order{{1, 2}, {5, 3}, {6, 0}, {7, 4}});
  CHECK(pairs_of(ring, {{1, 2, 3}, {0, 4}, {5, 6}}, [&](const Network& part) { return choose(part); }).order == Order{{1, 2}, {5, 3}, {0, 4}, {6, 7}});
}
