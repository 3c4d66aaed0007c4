// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;

namespace {

double attention(const std::string& mask, Extent queries, Extent keys) {
  const std::string text = "input q \"bqhc\"\ninput k \"bkhc\"\ninput v \"bkhc\"\ns = einsum(\"bqhc,bkhc->bhqk\", q, k)\n" + mask +
                           "output o = einsum(\"bhqk,bkhc->bqhc\", softmax(s, \"k\"), v)\n";
  const compiler::Compilation made = testing::compiled(text, {{1, queries, 8, 64}, {1, keys, 8, 64}, {1, keys, 8, 64}});
  REQUIRE(made.executable.streams.size() == 1);
  return made.predicted.seconds();
}

}  // namespace

TEST_CASE("a stream costs its tiles, and those a mask hides are not computed") {
  const double full = attention("", 2048, 2048), causal = attention("s = where(iota(\"k\") <= iota(\"q\"), s, -infinity)\n", 2048, 2048);
  CHECK(causal < 0.75 * full);
  CHECK(causal > 0.4 * full);
  CHECK(attention("", 2048, 4096) > 1.8 * full);
  const double flops = 4.0 * 2048 * 2048 * 8 * 64;
  CHECK(full > flops / testing::test_target().speeds.f32_flops);
}
