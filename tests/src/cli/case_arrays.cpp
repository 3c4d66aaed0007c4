// SPDX-License-Identifier: BSD-3-Clause
#include "cli/case_arrays.hpp"

#include <cmath>
#include <cstdint>
#include <string>

#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

BenchCase program_case(const std::string& program, const std::vector<Shape>& shapes) {
  BenchCase bench_case;
  bench_case.suite = "test";
  bench_case.name = "case";
  bench_case.program = program;
  bench_case.shapes = shapes;
  bench_case.filling.fill = Fill::uniform;
  return bench_case;
}

}  // namespace

TEST_CASE("operands hold the case's numbers, results nothing that could be right") {
  const BenchCase bench_case = program_case("input x \"a\"\noutput y = x", {{5}});
  for (const DType dtype : {DType::f32, DType::f64}) {
    const CaseArrays arrays(bench_case, dtype, {{5}, {2, 3}});
    REQUIRE(arrays.operands().size() == 1);
    REQUIRE(arrays.results().size() == 2);
    CHECK(reinterpret_cast<std::uintptr_t>(arrays.operands()[0].data) % 64 == 0);
    for (std::size_t i = 0; i < 5; ++i) {
      const void* data = arrays.operands()[0].data;
      const double element = dtype == DType::f32 ? static_cast<const float*>(data)[i] : static_cast<const double*>(data)[i];
      CHECK(element == fill_value(bench_case.filling, 0, i, 5));
    }
    CHECK(std::isnan(arrays.checksum().sum));
  }
}

TEST_CASE("a checksum counts each result by its place, so that two that change places show") {
  const CaseArrays arrays(program_case("input x \"a\"\noutput y = x", {{1}}), DType::f64, {{}, {}});
  *static_cast<double*>(arrays.results()[0].data) = 3;
  *static_cast<double*>(arrays.results()[1].data) = 5;
  CHECK(arrays.checksum().sum == 3 + 2 * 5);
  CHECK(arrays.checksum().norm == Approx(std::hypot(3, 10)));
}

TEST_CASE("what is expected of a program is what its einsum is expected to give") {
  BenchCase einsum = program_case("", {{7, 5}, {5, 3}});
  einsum.subscripts = "ij,jk->ik";
  const BenchCase program = program_case("input a \"ij\"\ninput b \"jk\"\noutput c = einsum(\"ij,jk->ik\", a, b)", einsum.shapes);
  CHECK(expected_of(program) == Approx(expected_of(einsum)).epsilon(1e-12));
  const BenchCase scaled = program_case("input a \"ij\"\ninput b \"jk\"\noutput c = -3 * einsum(\"ij,jk->ik\", a, b)", einsum.shapes);
  CHECK(expected_of(scaled) == Approx(-3 * expected_of(einsum)).epsilon(1e-12));
}

TEST_CASE("results of every type are right exactly, and what no kernel wrote is seen") {
  for (std::size_t number = 0; number < dtype_count; ++number) {
    const auto dtype = static_cast<DType>(number);
    INFO(name_of(dtype));
    for (const char* text : {"ij,jk->ik", "ij,kj->i", "ij,jk->kij"}) {
      BenchCase bench_case = program_case("", {{7, 5}, {5, 3}});
      if (text == std::string("ij,kj->i")) bench_case.shapes[1] = {3, 5};
      bench_case.subscripts = text;
      bench_case.dtype = dtype;
      bench_case.filling = {is_unsigned_integer(dtype) || dtype == DType::boolean ? Fill::sparse : Fill::signs, 3};
      const Compiled compiled = compile_case(bench_case, {.dtype = dtype});
      const CaseArrays arrays(bench_case, dtype, compiled.shapes());
      CHECK(arrays.checksum().sum != expected_of(bench_case));
      compiled.run(arrays.operands(), arrays.results());
      CHECK(arrays.checksum().sum == expected_of(bench_case));
    }
  }
}
