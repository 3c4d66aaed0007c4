// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

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

TEST_CASE("small elements are turned no faster each than large ones") {
  CHECK(predicted("ij->ji", {{512, 512}}, testing::test_target(), DType::i8) > 0.5 * predicted("ij->ji", {{512, 512}}));
}

TEST_CASE("a sum of a product reads two arrays, a fill writes one") {
  CHECK(predicted("i,i->", {{100'000'000}, {100'000'000}}) > 1.8 * predicted("i->", {{100'000'000}}));
  CHECK(predicted("i->ii", {{20000}}) > 0.9 * 1.6e9 / predict::Machine(testing::test_target()).speeds.write_bytes[3]);
}
