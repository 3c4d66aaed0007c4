// SPDX-License-Identifier: BSD-3-Clause
#include "predict/traffic.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::predict;

TEST_CASE("lines of an array: neighbours share them, elements far apart have one each") {
  CHECK(lines_of({{1024, 4}}, 4) == 64);
  CHECK(lines_of({{100, 4096}}, 4) == 100);
  CHECK(lines_of({{16, 4}, {64, 64}}, 4) == 64);   // rows that follow each other
  CHECK(lines_of({{1000, 0}}, 4) == 1);            // the same element again
  CHECK(lines_of({{64, 256}, {64, 4}}, 4) == 256);  // in any order of loops
}

TEST_CASE("what inner loops touch is fetched once while it fits, and again when it does not") {
  const std::vector<Walk> twice{{1000, 64}, {2, 0}};
  CHECK(lines_fetched(twice, 4, 1 << 20) == 1000);
  CHECK(lines_fetched(twice, 4, 1 << 10) == 2000);
  // A column at a time of a row-major matrix: whole lines come for one element each, unless a column's lines stay.
  const std::vector<Walk> columns{{1000, 4128}, {16, 4}};
  CHECK(lines_fetched(columns, 4, 1 << 20) < 2500);
  CHECK(lines_fetched(columns, 4, 16 << 10) >= 16000);
}

TEST_CASE("steps of a large power of two use few sets of a cache") {
  const std::vector<Walk> columns{{4096, 16384}, {16, 4}}, odd{{4096, 16384 + 64}, {16, 4}};
  CHECK(lines_fetched(columns, 4, 1 << 20) > 4 * lines_fetched(odd, 4, 1 << 20));
}

TEST_CASE("costs go from one level to the next without a jump, and never down") {
  const Machine machine(testing::test_target());
  double before = 0;
  for (double bytes = 1 << 10; bytes < 1e10; bytes *= 1.05) {
    const double seconds = seconds_at(machine.speeds.read_bytes, bytes, bytes, machine);
    CHECK(seconds >= before);
    CHECK((before == 0 || seconds < 2 * before));
    before = seconds;
  }
}
