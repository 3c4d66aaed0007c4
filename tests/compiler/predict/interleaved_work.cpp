// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::predicted;

TEST_CASE("batches side by side cost their products, and no less than what they read and write") {
  const auto of = [](Extent batch, Extent n) { return predicted("ijb,jkb->ikb", {{n, n, batch}, {n, n, batch}}); };
  CHECK(of(1000, 16) > 2 * of(1000, 8));
  CHECK(of(4000, 8) > 2 * of(1000, 8));
  const ir::Speeds speeds = predict::Machine(testing::test_target()).speeds;
  CHECK(of(1'000'000, 8) > 0.9 * 2 * 8 * 8 * 4e6 / speeds.read_bytes[3]);
}

TEST_CASE("a last vector of batches costs as much as a full one") {
  const auto of = [](Extent batch) { return predicted("ijb,jkb->ikb", {{32, 32, batch}, {32, 32, batch}}); };
  CHECK(of(65) > 1.1 * of(64));
}
