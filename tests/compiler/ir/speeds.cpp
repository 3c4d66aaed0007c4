// SPDX-License-Identifier: BSD-3-Clause
#include "ir/speeds.hpp"

#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

TEST_CASE("the model knows every figure, within bounds, for every width of a register") {
  for (const int bytes : {16, 32, 64}) {
    Speeds speeds = completed({}, bytes);
    for (const SpeedGroup& group : groups_of(speeds))
      for (std::size_t i = 0; i < group.count; ++i) {
        INFO(group.name << " " << i);
        CHECK(group.first[i] >= group.least);
        CHECK(group.first[i] <= group.most);
      }
  }
}

TEST_CASE("what is known is kept, and groups name every figure once") {
  Speeds speeds;
  double count = 0;
  for (const SpeedGroup& group : groups_of(speeds))
    for (std::size_t i = 0; i < group.count; ++i) {
      CHECK(group.first[i] == 0);
      group.first[i] = ++count;
    }
  CHECK(sizeof(Speeds) == static_cast<std::size_t>(count) * sizeof(double));
  CHECK(completed(speeds, 64) == speeds);
}

TEST_CASE("caches are faster the nearer they are") {
  const Speeds speeds = completed({}, 32);
  for (std::size_t level = 1; level < cache_levels; ++level) {
    CHECK(speeds.read_bytes[level] < speeds.read_bytes[level - 1]);
    CHECK(speeds.turn_bytes[level] < speeds.turn_bytes[level - 1]);
  }
}

TEST_CASE("unknown costs of types are what is usual") {
  CHECK(cost_of({}, DType::f32, Algebra::plus_times) == 1);
  CHECK(cost_of({}, DType::c64, Algebra::plus_times) == 4);
  Speeds speeds;
  speeds.type_costs[static_cast<std::size_t>(DType::i8)] = 7;
  CHECK(cost_of(speeds, DType::i8, Algebra::plus_times) == 7);
}
