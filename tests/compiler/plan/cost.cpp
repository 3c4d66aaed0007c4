// cost.cpp: what the cost model must get right: which of two shapes is faster, and what bounds them.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/cost.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using testing::below;
using testing::Random;

namespace {

const CostModel model(testing::test_target(), DType::f32);

double rate(const Loops& loops) {
  const Cost cost = model.contract(loops);
  return cost.flops / cost.seconds;
}

}  // namespace

TEST_CASE("a large contraction comes near the peak, a narrow one does not") {
  CHECK(model.contract({1, 1024, 1024, 1024}).limit == Limit::compute);
  CHECK(rate({1, 1024, 1024, 1024}) > 0.9 * 176e9);
  CHECK(rate({1, 1024, 1024, 1024}) < 176e9);
  CHECK(rate({1, 1024, 8, 1024}) < 0.8 * rate({1, 1024, 1024, 1024}));
  CHECK(rate({1, 1024, 1024, 4}) < 0.5 * rate({1, 1024, 1024, 1024}));
}

TEST_CASE("an operand whose lines packing must turn costs the time of reading it") {
  const Loops loops{1, 24, 147456, 384};
  const double operand = 384.0 * 147456, plain = model.contract(loops).seconds, turned = model.contract(loops, operand).seconds;
  CHECK(turned > plain + 0.9 * operand * 4 / 21e9);
  CHECK(turned < plain + 1.1 * operand * 4 / 13e9);
  CHECK(model.contract({1, 1024, 1, 1024}, 1024 * 1024).seconds == model.contract({1, 1024, 1, 1024}).seconds);
}

TEST_CASE("rates grow with every extent of a contraction in cache") {
  for (double extent = 2; extent < 64; extent *= 2) {
    CHECK(rate({1, extent, 64, 64}) < rate({1, 2 * extent, 64, 64}));
    CHECK(rate({1, 64, extent, 64}) < rate({1, 64, 2 * extent, 64}));
    CHECK(rate({1, 64, 64, extent}) < rate({1, 64, 64, 2 * extent}));
  }
}

TEST_CASE("matrix times vector, products and copies are bound by memory") {
  for (const Cost& cost : {model.contract({1, 8192, 1, 8192}), model.contract({1, 8192, 8192, 1}), model.reduce(1e8, 1), model.permute(1e8)}) {
    CHECK(cost.limit == Limit::bandwidth);
    CHECK(cost.level == "memory");
    CHECK(cost.seconds > cost.bytes / 21e9);
  }
}

TEST_CASE("tiny steps cost the start of an instruction") {
  const Cost cost = model.contract({1, 2, 2, 2});
  CHECK(cost.limit == Limit::overhead);
  CHECK(cost.seconds < 2 * 50e-9);
}

TEST_CASE("a second thread helps large steps only") {
  ir::Target two = testing::test_target();
  two.threads = 2;
  const CostModel both(two, DType::f32);
  CHECK(both.contract({1, 1024, 1024, 1024}).seconds < 0.55 * model.contract({1, 1024, 1024, 1024}).seconds);
  CHECK(both.contract({1, 1024, 1024, 1024}).threads == 2);
  CHECK(both.contract({1, 8, 8, 8}).threads == 1);
  CHECK(both.contract({1, 8, 8, 8}).seconds == model.contract({1, 8, 8, 8}).seconds);
}

TEST_CASE("a sum counts two operations for each product, a plain product one") {
  CHECK(model.contract({2, 3, 5, 7}).flops == 2 * 2 * 3 * 5 * 7);
  CHECK(model.contract({2, 3, 5, 1}).flops == 2 * 3 * 5);
  CHECK(model.reduce(100, 10).flops == 100);
  CHECK(model.permute(100).flops == 0);
  CHECK(model.permute(100).bytes == 2 * 100 * 4);
}

TEST_CASE("the quick bound is never above the cost") {
  for (double m : {1.0, 7.0, 300.0, 1e5}) {
    for (double k : {1.0, 3.0, 64.0, 1e4}) {
      for (Objective objective : {Objective::seconds, Objective::flops, Objective::size, Objective::write}) {
        const Loops loops{3, m, 20, k};
        CHECK(model.at_least(loops, objective) <= model.of_pair(loops, objective));
      }
    }
  }
}

TEST_CASE("costs stay numbers for empty and for absurd shapes, and without calibrated speeds") {
  const CostModel plain(ir::Target{}, DType::f64);
  for (const CostModel* costs : {&model, &plain}) {
    for (const Loops& loops : {Loops{0, 1, 1, 1}, Loops{1, 0, 5, 0}, Loops{1, 1e100, 1e100, 1e100}, Loops{1e100, 1e100, 1, 1e100}}) {
      const Cost cost = costs->contract(loops);
      CHECK((std::isfinite(cost.flops) && std::isfinite(cost.bytes) && std::isfinite(cost.seconds)));
      CHECK(cost.seconds >= 0);
    }
  }
}

TEST_CASE("a symmetric result is computed by halves where that pays") {
  CHECK(model.symmetric_blocks({1, 1024, 1024, 1024}) == 8);
  CHECK(model.symmetric_blocks({1, 1024, 1024, 4}) == 0);  // mirroring would cost more
  CHECK(model.symmetric_blocks({1, 1024, 512, 1024}) == 0);
  CHECK(model.symmetric_blocks({100, 16, 16, 1024}) == 0);
  const Cost whole = model.contract({1, 1024, 1024, 1024}), half = model.symmetric({1, 1024, 1024, 1024}, 8);
  CHECK(half.flops == whole.flops * 9 / 16);
  CHECK(half.seconds < 0.7 * whole.seconds);
}

TEST_CASE("no pair costs less than its floor, nor a sum than its bound, on one thread or several") {
  Random random(7);
  ir::Target several = testing::test_target();
  several.threads = 6;
  const CostModel models[] = {model, CostModel(several, DType::f32), CostModel(testing::test_target(), DType::f64), model.for_labels({2, 2}),
                              CostModel(several, DType::f64).for_labels({3, 4})};
  for (int trial = 0; trial < 20'000; ++trial) {
    const auto extent = [&] { return std::exp2(static_cast<double>(below(random, 9))) + static_cast<double>(below(random, 3)); };
    const auto maybe = [&] { return below(random, 3) == 0 ? 1.0 : extent(); };
    const Loops loops{maybe(), maybe(), maybe(), maybe()};
    const double lhs = loops.batch * loops.m * loops.k, rhs = loops.batch * loops.n * loops.k;
    for (const CostModel& each : models) {
      for (Objective objective : {Objective::seconds, Objective::flops, Objective::size, Objective::write}) {
        const CostModel::Floor floor = each.floor(loops.k > 1, objective);
        CHECK(each.of_pair(loops, objective) >= (floor.pair + floor.element * (lhs + rhs)) * (1 - 1e-12));
      }
      if (loops.k == 1 || loops.batch > 1) continue;
      const double seconds = each.of_pair(loops, Objective::seconds);
      const bool streams = loops.m == 1 || loops.n == 1;
      CHECK(seconds >= each.of_sum_at_least(lhs, rhs, loops.k, streams) * (1 - 1e-12));
      CHECK(seconds >= each.of_sum_at_least(lhs, rhs, 3 * loops.k, true) * (1 - 1e-12));
      CHECK(each.of_sum_at_least(lhs, rhs, loops.k, true) <= each.of_sum_at_least(lhs, rhs, loops.k, false));
    }
  }
}

TEST_CASE("labels of two positions make products and sums with one free side dear, long ones do not") {
  const CostModel short_labels = model.for_labels({2, 2, 2, 2}), long_labels = model.for_labels({512, 512, 512});
  const Loops outer{1, 8, 64, 1}, sum{1, 1, 128, 4}, product{1, 16, 16, 8};
  const auto seconds = [](const CostModel& of, const Loops& loops) { return of.of_pair(loops, Objective::seconds); };
  CHECK(seconds(short_labels, outer) > 10 * seconds(model, outer));
  CHECK(seconds(short_labels, sum) > 5 * seconds(model, sum));
  CHECK(seconds(short_labels, outer) > seconds(short_labels, product) - seconds(model, product) + seconds(model, outer));
  CHECK(seconds(long_labels, outer) < 1.5 * seconds(model, outer));
  for (const Loops& loops : {outer, sum, product}) {
    CHECK(seconds(short_labels, loops) > seconds(long_labels, loops));
    CHECK(short_labels.of_pair(loops, Objective::flops) == model.of_pair(loops, Objective::flops));
  }
}
