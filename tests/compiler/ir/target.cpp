// target.cpp: a target prints as text; one that makes no sense is refused.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/target.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::ir;

TEST_CASE("a target prints its caches, tiles and speeds") {
  CHECK_NOTHROW(verify(Target{}));
  CHECK_NOTHROW(verify(testing::test_target()));
  CHECK(print(testing::test_target()) ==
        "target avx512: vectors of 64 bytes, caches of 49152 / 2097152 / 33554432 bytes, threads 1\n"
        "  tile f32 6x64\n"
        "  tile f64 6x32\n"
        "  f32 176 GFLOP/s, f64 88 GFLOP/s, memory 21 GB/s, l2 79 GB/s, instruction 0.05 us, fork 1 us\n");
}

TEST_CASE("a target prints the runs that it joins") {
  Target target = testing::test_target();
  target.joined = {{4, 5, 4}};
  CHECK_NOTHROW(verify(target));
  CHECK_THAT(print(target), ContainsSubstring("tile of 4 rows, 4 runs in 5 vectors"));
}

TEST_CASE("a target that makes no sense is refused") {
  Target target = testing::test_target();
  SECTION("threads") { target.threads = 0; }
  SECTION("vectors") { target.vector_bytes = 0; }
  SECTION("caches") { target.l2_bytes = 1; }
  SECTION("tiles") { target.tiles[0].rows = 0; }
  SECTION("joined") { target.joined = {{4, 5, 2}}; }
  SECTION("speeds") { target.speeds.memory_bytes = -1; }
  CHECK_THROWS_AS(verify(target), InternalError);
}
