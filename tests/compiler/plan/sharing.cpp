// sharing.cpp: equal values are found under other names, turned round and through views; unequal ones are told apart.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/sharing.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

// Operand values with these labels, all of one array that is square.
struct Arrays {
  ir::Expression expression = empty_expression(std::vector<Extent>(8, 3));
  ir::Plan plan;
  ir::PlanValue add(ir::Term labels, std::uint32_t array = 0) {
    const ir::ValueId value = add_operand(expression, labels);
    expression.values[value].operand = array;
    plan.leaves.push_back({value, labels});
    return static_cast<ir::PlanValue>(plan.leaves.size() - 1);
  }
};

}  // namespace

TEST_CASE("an operand is the same value under any names, and so is its transposed view") {
  Arrays arrays;
  arrays.add({0, 1}), arrays.add({2, 3}), arrays.add({4, 5}, 1), arrays.add({6, 7});
  std::swap(arrays.expression.values[3].strides[0], arrays.expression.values[3].strides[1]);
  Sharing sharing(arrays.expression);
  const Identity first = sharing.of(arrays.plan, 0);
  CHECK(sharing.of(arrays.plan, 1).number == first.number);
  CHECK(sharing.of(arrays.plan, 2).number != first.number);
  CHECK(sharing.of(arrays.plan, 3) == Identity{first.number, {7, 6}});
}

TEST_CASE("other offsets, extents and signs make other values") {
  Arrays arrays;
  arrays.add({0, 1}), arrays.add({2, 3}), arrays.add({4, 5}), arrays.add({6, 7});
  arrays.expression.values[1].offset = 1;
  arrays.expression.values[2].conjugated = true;
  arrays.expression.extents[7] = 2;
  Sharing sharing(arrays.expression);
  for (ir::PlanValue value : {1u, 2u, 3u}) CHECK(sharing.of(arrays.plan, value).number != sharing.of(arrays.plan, 0).number);
}

TEST_CASE("a product is the same from either side") {
  Arrays arrays;
  arrays.add({0, 1}), arrays.add({1, 2}, 1), arrays.add({3, 4}, 1), arrays.add({5, 3});
  Sharing sharing(arrays.expression);
  const auto of = [&](ir::PlanValue value) { return sharing.of(arrays.plan, value); };
  const Identity one = sharing.contract(of(0), of(1), {0, 2}), other = sharing.contract(of(2), of(3), {4, 5});
  CHECK(one.number == other.number);
  const bool same_order = one.labels == ir::Term{0, 2} && other.labels == ir::Term{5, 4}, turned = one.labels == ir::Term{2, 0} && other.labels == ir::Term{4, 5};
  CHECK((same_order || turned));
}

TEST_CASE("labels that meet otherwise, or are kept, make other products") {
  Arrays arrays;
  arrays.add({0, 1}), arrays.add({1, 2}), arrays.add({2, 1}), arrays.add({0, 2});
  Sharing sharing(arrays.expression);
  const auto of = [&](ir::PlanValue value) { return sharing.of(arrays.plan, value); };
  const Identity product = sharing.contract(of(0), of(1), {0, 2});
  CHECK(sharing.contract(of(0), of(2), {0, 2}).number != product.number);  // a a^T
  CHECK(sharing.contract(of(0), of(3), {1, 2}).number != product.number);  // a^T a
  CHECK(sharing.contract(of(0), of(1), {0, 1, 2}).number != product.number);
  CHECK(sharing.sum(of(0), {0}).number != sharing.sum(of(0), {1}).number);
  CHECK(sharing.sum(of(0), {0}).number == sharing.sum(of(1), {1}).number);
  CHECK(sharing.sum(of(0), {0, 1}) == of(0));
}

TEST_CASE("an array times itself is symmetric where the same label meets itself, and not where others do") {
  Arrays arrays;
  arrays.add({0, 1}), arrays.add({2, 1}), arrays.add({1, 2}), arrays.add({2, 1}, 1);
  Sharing sharing(arrays.expression);
  const auto of = [&](ir::PlanValue value) { return sharing.of(arrays.plan, value); };
  CHECK(sharing.is_symmetric(of(0), of(1), {0, 2}));     // a a^T
  CHECK(!sharing.is_symmetric(of(0), of(2), {0, 2}));    // a a
  CHECK(!sharing.is_symmetric(of(0), of(3), {0, 2}));    // a b^T
  CHECK(!sharing.is_symmetric(of(0), of(0), {0, 1}));    // squares: nothing to mirror
}

TEST_CASE("a view that only renames is what it views; one that cuts or takes a diagonal is not") {
  Arrays arrays;
  arrays.add({0, 1});
  const auto add_view = [&](std::vector<ir::ViewGroup> groups, ir::Term labels) {
    ir::Value view;
    view.op = ir::Op::view;
    view.arguments = {0};
    view.groups = std::move(groups), view.labels = labels;
    arrays.expression.values.push_back(view);
    arrays.plan.steps.push_back({.kind = ir::StepKind::view, .lhs = 0, .out = labels, .value = static_cast<ir::ValueId>(arrays.expression.values.size() - 1)});
  };
  add_view({{{0}, {4}}}, {4, 1});
  add_view({{{0}, {4}, 1, 1}}, {4, 1});
  add_view({{{0}, {4}}, {{1}, {4}}}, {4});
  Sharing sharing(arrays.expression);
  const Identity array = sharing.of(arrays.plan, 0);
  CHECK(sharing.of(arrays.plan, 1) == Identity{array.number, {4, 1}});
  CHECK(sharing.of(arrays.plan, 2).number != array.number);
  CHECK(sharing.of(arrays.plan, 3).number != array.number);
}

TEST_CASE("what is kept is found until it is forgotten") {
  Arrays arrays;
  arrays.add({0, 1});
  Sharing sharing(arrays.expression);
  const Identity sum = sharing.sum(sharing.of(arrays.plan, 0), {0});
  CHECK(!sharing.find(sum));
  sharing.keep(1, sum);
  CHECK(sharing.find(sum) == 1u);
  CHECK(sharing.of(arrays.plan, 1) == sum);
  sharing.forget(1);
  CHECK(!sharing.find(sum));
}

TEST_CASE("a text of different operands has nothing to share") {
  CHECK(!may_share(expression_of("ab,bc,cd->ad", {2, 3, 4, 5})));
  ir::Expression twice = expression_of("ab,bc->ac", {2, 2, 2});
  twice.values[1].operand = 0;
  CHECK(may_share(twice));
}
