// Integers and truths: registers of the architecture this test is compiled for, the others through their tables.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd_integers.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

TEMPLATE_TEST_CASE("registers of integers and truths do what their lanes would one by one", "", std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, kernels::Boolean) {
  check_register<kernels::simd::Ops<xsimd::default_arch, TestType>, TestType>();
}

TEMPLATE_TEST_CASE("kernels of integers and truths are exact on every instruction set", "", std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, kernels::Boolean) {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check_vector_kernels<TestType>(*table);
    check_tiles<TestType>(*table);
  }
}
