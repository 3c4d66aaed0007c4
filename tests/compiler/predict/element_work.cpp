// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::predicted;

TEST_CASE("what goes through memory takes its bytes over its rate") {
  const ir::Speeds speeds = predict::Machine(testing::test_target()).speeds;
  const double bytes = 4e9;
  CHECK(predicted("i->", {{1'000'000'000}}) > 0.9 * bytes / speeds.read_bytes[3]);
  CHECK(predicted("i->", {{1'000'000'000}}) < 1.5 * bytes / speeds.read_bytes[3]);
  CHECK(predicted("ij->ij", {{30000, 30000}}) > 0.9 * 7.2e9 / speeds.memory_bytes);
  CHECK(predicted("i,j->ij", {{30000}, {30000}}) > 0.9 * 3.6e9 / speeds.write_bytes[3]);
}

TEST_CASE("copies that keep the inner label are cheaper than those that turn it, and those than elements one by one") {
  const double kept = predicted("ijk->jik", {{64, 64, 64}}), turned = predicted("ijk->kji", {{64, 64, 64}});
  CHECK(kept < turned);
  CHECK(predicted("ijj->ij", {{256, 64, 64}}) > predicted("ij->ji", {{256, 64}}));
}

TEST_CASE("short rows cost their number") {
  CHECK(predicted("ijk->jik", {{1024, 64, 4}}) > 1.5 * predicted("ijk->jik", {{64, 64, 64}}));
  CHECK(predicted("ij->i", {{65536, 4}}) > 1.5 * predicted("ij->i", {{64, 4096}}));
}

TEST_CASE("what is moved as it is costs its own bytes, whatever it is computed in") {
  for (const Extent side : {64, 512, 8192}) {
    const double halves = predicted("ij->ji", {{side, side}}, testing::test_target(), DType::bf16), numbers = predicted("ij->ji", {{side, side}}, testing::test_target(), DType::i16);
    CHECK(std::abs(halves / numbers - 1) < 1e-9);
    CHECK(halves < predicted("ij->ji", {{side, side}}));
  }
}

TEST_CASE("many short labels turned about cost little more than two long ones") {
  const double square = predicted("ij->ji", {{8000, 8000}});
  CHECK(predicted("ijklmn->nmlkji", {{20, 20, 20, 20, 20, 20}}) < 1.5 * square);
}

TEST_CASE("rows of a transpose that lie whole pages apart meet in few sets of the caches") {
  CHECK(predicted("ij->ji", {{512, 512}}, testing::test_target(), DType::f64) > 1.2 * predicted("ij->ji", {{504, 520}}, testing::test_target(), DType::f64));
}

TEST_CASE("a sum of a product reads two arrays, a fill writes one") {
  CHECK(predicted("i,i->", {{100'000'000}, {100'000'000}}) > 1.8 * predicted("i->", {{100'000'000}}));
  CHECK(predicted("i->ii", {{20000}}) > 0.9 * 1.6e9 / predict::Machine(testing::test_target()).speeds.write_bytes[3]);
}
