// Semirings: registers of the architecture this test is compiled for, the others through their tables.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd_semirings.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

TEMPLATE_TEST_CASE("registers of semirings do what their lanes would one by one", "", kernels::MaxPlus<float>, kernels::MaxPlus<double>, kernels::MinPlus<float>,
                   kernels::MinPlus<double>, kernels::LogSumExp<float>, kernels::LogSumExp<double>) {
  check_register<kernels::simd::Ops<xsimd::default_arch, TestType>, TestType>();
}

TEMPLATE_TEST_CASE("kernels of semirings agree with plain loops on every instruction set", "", kernels::MaxPlus<float>, kernels::MaxPlus<double>, kernels::MinPlus<float>,
                   kernels::MinPlus<double>, kernels::LogSumExp<float>, kernels::LogSumExp<double>) {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check_vector_kernels<TestType>(*table);
    check_tiles<TestType>(*table);
  }
}

TEMPLATE_TEST_CASE("the logarithm of a sum stands where its terms are as large as they can be, or zeros", "", kernels::LogSumExp<float>, kernels::LogSumExp<double>) {
  using R = decltype(TestType::value);
  constexpr R infinity = std::numeric_limits<R>::infinity();
  for (const kernels::KernelTable* table : runnable_tables()) {
    const auto& add = runtime::map_kernels<TestType>(*table).binary[static_cast<int>(kernels::Binary::add)].runs;
    for (const R large : {R(0), R(1000), R(-1000), R(88), R(-88), R(710), R(1e30), R(-1e30)}) {
      for (const R distance : {R(0), R(1e-3), R(1), R(20), R(90), R(800), infinity}) {
        std::vector<TestType> x(19), y(19), got(19);
        for (TestType& each : x) each.value = large;
        for (TestType& each : y) each.value = large - distance;
        add(x.data(), y.data(), got.data(), 19);
        const double wanted = static_cast<double>(large) + std::log1p(std::exp(-static_cast<double>(x[0].value - y[0].value)));
        for (const TestType& each : got)
          REQUIRE(std::abs(static_cast<double>(each.value) - wanted) <= 4 * static_cast<double>(std::numeric_limits<R>::epsilon()) * (1 + std::abs(wanted)));
      }
    }
    TestType zeros[2] = {TestType(0), TestType(0)}, got[2];
    add(zeros, zeros, got, 2);
    CHECK((got[0].value == -infinity && got[1].value == -infinity));
  }
}
