// contraction_seconds.cpp: the planner is told what the last pass will say of the step.
// SPDX-License-Identifier: BSD-3-Clause
#include "contraction_seconds.hpp"

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;

TEST_CASE("a contraction takes what is predicted for its instruction, on one thread") {
  ir::Target target = testing::test_target();
  target.threads = 8;
  const plan::ContractionSeconds seconds = compiler::contraction_seconds(target);
  ir::Target alone = target;
  alone.threads = 1;
  for (const Shape& extents : {Shape{64, 64, 64}, Shape{3, 500, 7}, Shape{1, 300, 400}, Shape{2, 2, 2}}) {
    const Extent m = extents[0], n = extents[1], k = extents[2];
    plan::LaidContraction contraction;
    contraction.groups = {{k, 1, n, 0, 3}, {m, k, 0, n, 5}, {n, 0, 1, 1, 6}};
    const compiler::Compilation made = testing::compiled("mk,kn->mn", {{m, k}, {k, n}}, alone);
    const predict::Prediction& step = made.predicted.instructions.at(0);
    CHECK(seconds(contraction) >= step.seconds * (1 - 1e-9));
    if (step.start > 0) CHECK(seconds(contraction) == Approx(step.seconds));  // a direct call has no instruction to start
  }
}
