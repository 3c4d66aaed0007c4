// SPDX-License-Identifier: BSD-3-Clause
#include "lower/places.hpp"

#include "plan/make_plan.hpp"
#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

// What only the lowering sees, for a text without passes.
struct Shown : lower::Places {
  Shown(const ir::Expression& expression, const ir::Plan& plan) : Places(expression, plan) {}
  using Places::destination, Places::has_zero_extent, Places::intermediate, Places::leaf, Places::next_intermediate, Places::output, Places::read,
      Places::repeats, Places::used_now, Places::write_of, Places::lives_, Places::lowered_;
};

struct Case {
  ir::Expression expression;
  ir::Plan plan;
  Case(std::string_view text, const std::vector<Shape>& shapes) : expression(test::expression(text, shapes)) {
    ir::Target target;
    target.tiles = {{DType::f32, 6, 16}};
    plan = plan::make_plan(expression, target, {});
  }
};

}  // namespace

TEST_CASE("a repeated label of the result steps along the diagonal, and then results are added to what a fill has left") {
  const Case made("i->ii", {{3}});
  Shown places(made.expression, made.plan);
  const lower::Strided out = places.output(0);
  CHECK(out.labels.size() == 1);
  CHECK(out.strides == Strides{4});
  CHECK(places.write_of(out) == ir::Write::add_into);
  CHECK(Shown::repeats({0, 1, 0}));
  CHECK_FALSE(Shown::repeats({0, 1}));
}

TEST_CASE("an intermediate lives from the next instruction to the last that reads it") {
  const Case made("ij,jk->ik", {{2, 3}, {3, 4}});
  Shown places(made.expression, made.plan);
  CHECK(places.leaf(0).array.buffer.place == ir::Place::operand);
  const lower::Strided held = places.intermediate({0, 1}, 0);
  CHECK(held.strides == Strides{3, 1});
  CHECK(places.write_of(held) == ir::Write::store);
  REQUIRE(places.lives_.size() == 1);
  CHECK(places.lives_[0].bytes == 2 * 3 * 4);
  places.lowered_.executable.code.resize(5);
  places.used_now(held);
  CHECK(places.lives_[0].dies == 5);
  CHECK(places.next_intermediate({1}, 0).buffer.index == 1);
  CHECK(places.has_zero_extent({}) == false);
}

TEST_CASE("an intermediate without elements has no bytes, however large its other extents are") {
  Case made("i,j,k->ijk", {{2}, {2}, {2}});
  made.plan.extents = {Extent{1} << 62, 5, 0};
  Shown places(made.expression, made.plan);
  places.intermediate({0, 1, 2}, 0);
  CHECK(places.lives_.at(0).bytes == 0);
}

TEST_CASE("an intermediate that 64 bits of bytes cannot count is refused") {
  Case made("i,j,k->ijk", {{2}, {2}, {2}});
  made.plan.extents.assign(made.plan.extents.size(), Extent{1} << 40);
  const Shown places(made.expression, made.plan);
  CHECK_THROWS_AS(places.next_intermediate({0, 1}, 0), Error);
}
