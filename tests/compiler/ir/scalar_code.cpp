// scalar_code.cpp: what every function means, at the edges too.
#include "ir/scalar_code.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace einc::ir;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();
}

TEST_CASE("every function has a name that leads back to it") {
  for (int number = static_cast<int>(Function::negative); number <= static_cast<int>(Function::select); ++number) {
    const auto function = static_cast<Function>(number);
    bool found = false;
    CHECK(function_named(name_of(function), found) == function);
    CHECK(found);
    CHECK(input_count(function) >= 1);
  }
  bool found = true;
  function_named("argument", found);
  CHECK_FALSE(found);
}

TEST_CASE("extremes pass on NaN, from either side") {
  CHECK(std::isnan(apply(Function::maximum, not_a_number, 1)));
  CHECK(std::isnan(apply(Function::maximum, 1, not_a_number)));
  CHECK(std::isnan(apply(Function::minimum, 1, not_a_number)));
  CHECK(apply(Function::maximum, -infinity, 2) == 2);
  CHECK(std::isnan(apply(Function::relu, not_a_number)));
}

TEST_CASE("what is not chosen may be anything") {
  CHECK(apply(Function::select, 1, 2, not_a_number) == 2);
  CHECK(apply(Function::select, 0, not_a_number, 3) == 3);
}

TEST_CASE("rounding to bf16 goes to the nearest, ties to even") {
  CHECK(apply(Function::round_bf16, 1.0) == 1.0);
  CHECK(apply(Function::round_bf16, 1.00390625) == 1.0);        // halfway between 1 and 1.0078125
  CHECK(apply(Function::round_bf16, 1.01171875) == 1.015625);   // halfway, to the even one above
  CHECK(apply(Function::round_bf16, 1.0 / 300) == 0.0033264160156250);
  CHECK(apply(Function::round_bf16, -infinity) == -infinity);
  CHECK(std::isnan(apply(Function::round_bf16, not_a_number)));
}

TEST_CASE("code is evaluated in order, and constants are equal by their bits") {
  const ScalarCode code = {{Function::argument, {0, 0, 0}, 0}, {Function::constant, {}, 3}, {Function::multiply, {0, 1, 0}, 0}, {Function::add, {2, 0, 0}, 0}};
  const double arguments[] = {2};
  CHECK(evaluate(code, arguments) == 8);
  CHECK(print(code) == "add(multiply($0, 3), $0)");
  const ScalarOp x{Function::constant, {}, not_a_number};
  CHECK(x == x);
  CHECK_FALSE(ScalarOp{Function::constant, {}, 0.0} == ScalarOp{Function::constant, {}, -0.0});
}

TEST_CASE("a mask says what it hides: select of a condition, an argument and -infinity") {
  const ScalarOp condition{Function::argument, {1}, 0}, scores{Function::argument, {0}, 0}, hidden{Function::constant, {}, -infinity};
  CHECK(masked_argument({condition, scores, hidden, {Function::select, {0, 1, 2}, 0}}) == 0);
  CHECK_FALSE(masked_argument({condition, scores, {Function::constant, {}, -1e9}, {Function::select, {0, 1, 2}, 0}}));
  CHECK_FALSE(masked_argument({condition, scores, hidden, {Function::select, {0, 2, 1}, 0}}));
  CHECK_FALSE(masked_argument({condition, scores, {Function::exp, {1}, 0}, hidden, {Function::select, {0, 2, 3}, 0}}));
}
