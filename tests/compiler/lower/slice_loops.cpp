// slice_loops.cpp: how far arrays move from part to part, and how long tasks are.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/slice_loops.hpp"

#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::lower;

TEST_CASE("arrays move by the bytes of a part, and not at all along labels they lack") {
  ir::Expression expression = test::expression("ij,jk->ik", {{4, 6}, {6, 8}});
  expression.extents[1] /= 3;
  expression.slices = {{1, 3, true}};
  ir::Executable executable;
  executable.operand_count = 2, executable.output_count = 1;
  add_slice_loops(executable, expression, {}, true, 0);
  REQUIRE(executable.slicing.loops.size() == 1);
  CHECK(executable.slicing.loops[0] == ir::SliceLoop{3, true, {2 * 1 * 4, 2 * 8 * 4}, {0}});
  CHECK(executable.slicing.partials == std::vector<std::int64_t>{0});
  CHECK(executable.slicing.partial_bytes == 4 * 8 * 4);
}

TEST_CASE("tasks are longer where adding up costs more, and never too few nor too many") {
  CHECK(slices_of_task(1e9, 1, 1, 1000, 0) == 1);
  CHECK(slices_of_task(1e3, 1e6, 1, 1'000, 0) == 15);        // 64 tasks at least
  CHECK(slices_of_task(1e3, 1e6, 1, 1'000, 500) == 2);       // and as many as are asked for
  CHECK(slices_of_task(1e9, 1, 1, 4096 * 10, 0) == 10);      // 4096 at most
  CHECK(slices_of_task(1e3, 1e6, 1, 7, 0) == 1);
  CHECK(slices_of_task(0, 0, 1, 1, 0) == 1);
  for (Extent slices = 1; slices < 300; ++slices)
    for (const Extent tasks : {1, 5, 60, 299}) {
      const Extent length = slices_of_task(1e3, 1e5, 2, slices, tasks);
      CHECK(length >= 1);
      CHECK(length <= slices);
      if (2 * slices >= tasks) CHECK(2 * ((slices + length - 1) / length) >= tasks);
    }
}
