// The addition of a custom semiring on runs: the same as its code on every pair, and in one order for a whole run.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/map_combine.hpp"

#include <vector>

#include "support/loop_reference.hpp"

using namespace einc;
using ir::Function;
using ir::ScalarCode;

namespace {

// Functions of arguments 0 and 1 that are exact on small whole numbers.
const std::vector<ScalarCode> additions = {
    {{.function = Function::argument, .in = {0, 0, 0}}, {.function = Function::argument, .in = {1, 0, 0}}, {.function = Function::maximum, .in = {0, 1, 0}}},
    {{.function = Function::argument, .in = {1, 0, 0}}, {.function = Function::argument, .in = {0, 0, 0}}, {.function = Function::add, .in = {1, 0, 0}}},
    {{.function = Function::argument, .in = {0, 0, 0}}, {.function = Function::argument, .in = {1, 0, 0}}, {.function = Function::add, .in = {0, 1, 0}},
     {.function = Function::constant, .value = 9}, {.function = Function::minimum, .in = {2, 3, 0}}},
    {{.function = Function::argument, .in = {0, 0, 0}}, {.function = Function::argument, .in = {1, 0, 0}}, {.function = Function::less, .in = {0, 1, 0}},
     {.function = Function::select, .in = {2, 1, 0}}},
    {{.function = Function::argument, .in = {1, 0, 0}}, {.function = Function::negative, .in = {0, 0, 0}}, {.function = Function::negative, .in = {1, 0, 0}}},  // the new term
    {{.function = Function::argument, .in = {0, 0, 0}}},                                                                                                       // what is there
    {{.function = Function::constant, .value = 4}},
};

}  // namespace

TEMPLATE_TEST_CASE("runs are combined as their elements would be, with a run or one number beside them", "", float, double) {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (const ScalarCode& code : additions) {
      const runtime::Combine<TestType> combine(runtime::map_kernels<TestType>(*table), code);
      for (const Extent length : {1, 2, 7, 16, 63, 64, 65, 129, 500}) {
        for (const bool y_run : {true, false}) {
          const auto count = static_cast<std::size_t>(length);
          std::vector<TestType> x(count + 1), y(count + 1);
          for (std::size_t i = 0; i <= count; ++i) x[i] = static_cast<TestType>(i * 5 % 11), y[i] = static_cast<TestType>(i * 3 % 7);
          const std::vector<TestType> before = x;
          combine(x.data(), y.data(), y_run, length);
          int wrong = 0;
          for (std::size_t i = 0; i < count; ++i) {
            const double both[] = {static_cast<double>(before[i]), static_cast<double>(y[y_run ? i : 0])};
            wrong += static_cast<double>(x[i]) != ir::evaluate(code, both);
          }
          wrong += x[count] != before[count];
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("a whole run is brought down to the one number its terms give in any order", "", float, double) {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (std::size_t which = 0; which < 4; ++which) {
      const runtime::Combine<TestType> combine(runtime::map_kernels<TestType>(*table), additions[which]);
      for (Extent length = 1; length <= 512; length += length < 20 ? 1 : 41) {
        std::vector<TestType> x(static_cast<std::size_t>(length));
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<TestType>((i * 5 + 3) % 11);
        double expected = static_cast<double>(x[0]);
        for (std::size_t i = 1; i < x.size(); ++i) {
          const double both[] = {expected, static_cast<double>(x[i])};
          expected = ir::evaluate(additions[which], both);
        }
        CHECK(static_cast<double>(combine.whole(x.data(), length)) == expected);
      }
    }
  }
}
