// SPDX-License-Identifier: BSD-3-Clause
#include <einc/cpu.hpp>

#include <cmath>
#include <string>

#include <einc/error.hpp>

#include "support/catch.hpp"

TEST_CASE("every instruction set has limits above zero") {
  for (const std::string& isa : einc::this_cpu().isas) {
    const einc::Limits limits = einc::measure_limits(isa, 1, 16 << 10, 0.04);
    INFO(isa << ": f32 " << limits.f32_flops << ", f64 " << limits.f64_flops);
    // How they compare to each other is for benchmarks: on a busy machine each figure is whatever its moment was.
    for (const double limit : {limits.f32_flops, limits.f64_flops, limits.read_bytes, limits.copy_bytes}) {
      CHECK(limit > 0);
      CHECK(std::isfinite(limit));
    }
  }
}

TEST_CASE("limits are measured for more threads than buffers have lines") {
  const einc::Limits limits = einc::measure_limits({}, 3, 64, 0);
  CHECK(limits.read_bytes > 0);
  CHECK(limits.copy_bytes > 0);
}

TEST_CASE("impossible measurements are refused") {
  CHECK_THROWS_AS(einc::measure_limits("avx9"), einc::Error);
  CHECK_THROWS_AS(einc::measure_limits({}, -1), einc::Error);
  CHECK_THROWS_AS(einc::measure_limits({}, 1, 0), einc::Error);
  CHECK_THROWS_AS(einc::measure_limits({}, 1, 1 << 10, -1.0), einc::Error);
}
