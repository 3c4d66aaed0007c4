// SPDX-License-Identifier: BSD-3-Clause
#include "arithmetic.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

ir::Arithmetic own(std::string add, std::string multiply) { return compiler::arithmetic_of(semiring::custom("own", std::move(add), std::move(multiply), -1.5, 1)); }

std::string fault(const std::string& add, const std::string& multiply) {
  try {
    own(add, multiply);
  } catch (const Error& error) {
    return error.sentence();
  }
  return "nothing is thrown";
}

}  // namespace

TEST_CASE("named semirings have no code, and those of other types are the usual arithmetic") {
  CHECK(compiler::arithmetic_of(semiring::max_plus).algebra == Algebra::max_plus);
  CHECK(compiler::arithmetic_of(semiring::log_sum_exp).algebra == Algebra::log_sum_exp);
  for (const Semiring& usual : {Semiring{}, Semiring(semiring::or_and), Semiring(semiring::count)}) CHECK(compiler::arithmetic_of(usual) == ir::Arithmetic{});
  CHECK(compiler::arithmetic_of(semiring::min_plus).add.empty());
}

TEST_CASE("a custom function is code over arguments 0 and 1") {
  const ir::Arithmetic made = own("max(x, y)", "x * y + 1");
  CHECK(made.algebra == Algebra::custom);
  CHECK(made.zero == -1.5);
  for (double x : {-2.0, 0.0, 3.0})
    for (double y : {-1.0, 2.5}) {
      const double both[] = {x, y};
      CHECK(ir::evaluate(made.add, both) == std::max(x, y));
      CHECK(ir::evaluate(made.multiply, both) == x * y + 1);
      CHECK(ir::evaluate(own("y - x", "where(x < y, x, y)").add, both) == y - x);
    }
}

TEST_CASE("what is no function of x and y is refused, with the function and the semiring named") {
  CHECK(fault("", "x * y") == "`add` of the semiring own is empty");
  CHECK(fault("x + y", "x\n") == "`multiply` of the semiring own has more lines than one");
  CHECK(fault("3", "x * y") == "`add` of the semiring own does not depend on x and y");
  CHECK(fault("x + y", "1 + 2") == "`multiply` of the semiring own does not depend on x and y");
  CHECK(fault("x", "x * y") == "`add` of the semiring own does not depend on x and y");  // it has no neutral element
  CHECK(fault("x + z", "x * y") != "nothing is thrown");
  CHECK(fault("x +", "x * y") != "nothing is thrown");
}

TEST_CASE("a function too long for the stack of the runtime is refused by a sentence") {
  int accepted = 0, counted = 0;
  std::string longer = "x";
  for (int i = 0; i < 40; ++i) {
    longer = "max(" + longer + " * 0.5, y)";
    const std::string said = fault(longer, "x * y");
    if (said == "nothing is thrown") ++accepted;
    else CHECK_THAT(said, ContainsSubstring("`add` of the semiring own"));
    counted += said.find("operations, more than 32") != std::string::npos;
  }
  CHECK(accepted > 4);
  CHECK(counted > 0);
}
