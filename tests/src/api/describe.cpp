// Amounts and labels in a reader's words.
#include "api/describe.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::detail;

TEST_CASE("amounts have three digits and a prefix") {
  CHECK(amount(0) == "0");
  CHECK(amount(999) == "999");
  CHECK(amount(1000) == "1 k");
  CHECK(amount(1234567) == "1.23 M");
  CHECK(amount(2.5e9) == "2.5 G");
  CHECK(amount(1e30) == "1.00e+12 E");
}

TEST_CASE("bytes count in powers of 1024, times in whatever unit is near") {
  CHECK(bytes(0) == "0 B");
  CHECK(bytes(1023) == "1023 B");
  CHECK(bytes(98304) == "96 KiB");
  CHECK(bytes(1.5 * 1024 * 1024) == "1.5 MiB");
  CHECK(seconds(12.34e-6) == "12.3 us");
  CHECK(seconds(0.25) == "250 ms");
  CHECK(seconds(1e301) == "longer than can be told");
  CHECK(shown(std::vector<Extent>{2, 3}) == "[2, 3]");
  CHECK(shown(std::vector<Extent>{}) == "[]");
}
