// Complex numbers: registers of the architecture this test is compiled for, the others through their tables.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd_complex.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

TEMPLATE_TEST_CASE("registers of complex numbers do what their lanes would one by one", "", kernels::Complex<float>, kernels::Complex<double>) {
  using Ops = kernels::simd::Ops<xsimd::default_arch, TestType>;
  check_register<Ops, TestType>();
  const std::vector<TestType> x = small_numbers<TestType>(Ops::width, 1);
  TestType lanes[Ops::width];
  Ops::store(lanes, Ops::load(x.data()).conjugated());
  for (std::size_t lane = 0; lane < x.size(); ++lane) CHECK(lanes[lane] == TestType(x[lane].re, -x[lane].im));
  Ops::store(lanes, Ops::load(x.data()) - Ops::broadcast(TestType(1, 2)));
  for (std::size_t lane = 0; lane < x.size(); ++lane) CHECK(lanes[lane] == TestType(x[lane].re - 1, x[lane].im - 2));
}

TEMPLATE_TEST_CASE("kernels of complex numbers are exact where their products are, on every instruction set", "", kernels::Complex<float>, kernels::Complex<double>) {
  for (const kernels::KernelTable* table : runnable_tables()) check_vector_kernels<TestType>(*table);
}
