// SPDX-License-Identifier: BSD-3-Clause
#include <einc/cpu.hpp>

#include <string>

#include <einc/error.hpp>
#include <einc/version.hpp>

#include "support/catch.hpp"

TEST_CASE("this_cpu knows kernels, processors and caches") {
  const einc::Cpu& cpu = einc::this_cpu();
  CHECK_FALSE(cpu.name.empty());
  CHECK(cpu.name.find("  ") == std::string::npos);
  REQUIRE_FALSE(cpu.isas.empty());
  CHECK(cpu.isas.front() == "baseline");
  CHECK(cpu.processors >= 1);
  CHECK(cpu.l1_bytes >= 4 << 10);
  CHECK(cpu.l2_bytes >= cpu.l1_bytes);
  CHECK(&cpu == &einc::this_cpu());
}

TEST_CASE("set_num_threads wins until 0 takes it back") {
  const int before = einc::num_threads();
  CHECK(before >= 1);
  einc::set_num_threads(3);
  CHECK(einc::num_threads() == 3);
  einc::set_num_threads(0);
  CHECK(einc::num_threads() == before);
  CHECK_THROWS_AS(einc::set_num_threads(-1), einc::Error);
  CHECK(einc::num_threads() == before);
}

TEST_CASE("version is one line with the release and the kernels in use") {
  const std::string line = einc::version();
  CHECK(line.find('\n') == std::string::npos);
  CHECK_THAT(line, ContainsSubstring(einc::version_text) && ContainsSubstring(" kernels"));
}
