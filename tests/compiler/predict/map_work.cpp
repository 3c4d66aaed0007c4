// SPDX-License-Identifier: BSD-3-Clause
#include "predict/work.hpp"

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::predicted;

TEST_CASE("functions cost what they are, beside one another") {
  const auto of = [](const std::string& value) { return predicted("input x \"i\"\noutput y = " + value + "\n", {{8192}}); };
  CHECK(of("exp(x)") > of("max(x, 0)"));
  CHECK(of("erf(x)") > of("exp(x)"));
  CHECK(of("exp(x) + tanh(x)") > 0.9 * (of("exp(x)") + of("tanh(x)") - of("max(x, 0)")));
}

TEST_CASE("inputs that lie apart, and those of another type, are brought together first") {
  const double beside = predicted("input x \"ij\"\ninput z \"ij\"\noutput y \"ij\" = exp(x) + z\n", {{512, 512}, {512, 512}});
  const double apart = predicted("input x \"ij\"\ninput z \"ji\"\noutput y \"ij\" = exp(x) + z\n", {{512, 512}, {512, 512}});
  CHECK(apart > beside);
  CHECK(predicted("ij,ij->ij", {{64, 512}, {64, 512}}, testing::test_target(), DType::bf16) > predicted("ij,ij->ij", {{64, 512}, {64, 512}}));
}

TEST_CASE("large maps wait for memory and not for arithmetic") {
  const compiler::Compilation made = testing::compiled("input x \"i\"\noutput y = max(x, 0)\n", {{100'000'000}});
  REQUIRE(made.predicted.instructions.size() == 1);
  CHECK(made.predicted.instructions[0].memory > made.predicted.instructions[0].arithmetic);
}

TEST_CASE("an input that is repeated row by row is brought together once a row") {
  const auto of = [](const std::string& labels, const Shape& shape, Extent rows, Extent columns) {
    return predicted("input x \"ij\"\ninput z \"" + labels + "\"\noutput y \"ij\" = x + z\n", {{rows, columns}, shape});
  };
  const double in_order = of("ij", {512, 32}, 512, 32), repeated = of("j", {32}, 512, 32);
  CHECK(repeated > 1.1 * in_order);
  CHECK(repeated > 1.1 * of("j", {4096}, 4, 4096));
  CHECK(repeated < 2 * in_order);  // 3.7 and 1.9 us
  CHECK(of("i", {512}, 512, 32) > repeated);  // a number for each row
  CHECK(of("j", {4}, 4096, 4) > repeated);    // shorter rows are more
}
