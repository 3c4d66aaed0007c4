// The maps of numbers that are no floats, through the table of every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/map_arithmetic.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

TEMPLATE_TEST_CASE("products, sums, differences and signs of runs are those of their elements", "", std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, kernels::Boolean,
                   kernels::Complex<float>, kernels::Complex<double>, kernels::MaxPlus<float>, kernels::MaxPlus<double>, kernels::MinPlus<float>, kernels::MinPlus<double>,
                   kernels::LogSumExp<float>, kernels::LogSumExp<double>) {
  for (const kernels::KernelTable* table : runnable_tables()) check_map_arithmetic<TestType>(*table);
}

TEMPLATE_TEST_CASE("a type without negative numbers has no differences", "", kernels::Boolean, kernels::MaxPlus<float>, kernels::MinPlus<double>, kernels::LogSumExp<float>) {
  for (const kernels::KernelTable* table : runnable_tables()) {
    const auto& map = runtime::map_kernels<TestType>(*table);
    CHECK(map.unary[static_cast<int>(kernels::Unary::negative)] == nullptr);
    CHECK(map.binary[static_cast<int>(kernels::Binary::subtract)].runs == nullptr);
  }
}
