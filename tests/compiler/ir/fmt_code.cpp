// fmt_code.cpp: whatever a file formats finds its code, in a namespace that no other fmt of the program has.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <string>
#include <typeinfo>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("fmt finds its code for numbers, texts and lists") {
  CHECK(fmt::format("{} of {:>5}|{:<4}|{:^5}|{:08.3f}", 7, "ab", 'c', true, 3.14159) == "7 of    ab|c   |true |0003.142");
  CHECK(fmt::format("{:#x} {:b} {:+d} {:o}", 255, 5, 9, 8) == "0xff 101 +9 10");
  CHECK(fmt::format("{}", std::numeric_limits<unsigned long long>::max()) == "18446744073709551615");
  CHECK(fmt::format("{} {} {} {}", 0.1, 0.1F, 1e300, 2.0L) == "0.1 0.1 1e+300 2");
  CHECK(fmt::format("{:.17g} {:e} {:a}", 1.0 / 3, 12345.678, 1.0) == "0.33333333333333331 1.234568e+04 0x1p+0");
  CHECK(fmt::format("{:.40f}", 0.1) == "0.1000000000000000055511151231257827021182");
  CHECK(fmt::format("{} {}", std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()) == "inf nan");
  CHECK(fmt::format("[{}]", fmt::join(std::vector<int>{1, 2, 3}, ", ")) == "[1, 2, 3]");
  CHECK(fmt::format("{:?}", std::string("a\n\"")) == "\"a\\n\\\"\"");
  CHECK(fmt::format("{:L} {:L}", 1234567, 2.5) == "1234567 2.5");
}

TEST_CASE("a format that does not fit its value is refused") {
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{:d}"), "text"), fmt::format_error);
  CHECK_THROWS_AS(fmt::format(fmt::runtime("{} {}"), 1), fmt::format_error);
}

TEST_CASE("an fmt of its own in a user's program is another one") {
  CHECK_THAT(typeid(fmt::format_error).name(), ContainsSubstring("einc_own"));
}
