// The smallest results are 0 while the object lives, and are what they were after it.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/flush_denormals.hpp"

#include <limits>

#include "support/catch.hpp"

namespace {

float half_of_smallest() {
  volatile float smallest = std::numeric_limits<float>::min(), half = 0.5F;
  return smallest * half;
}

}  // namespace

TEST_CASE("results without a normal number are 0 for as long as asked") {
  CHECK(half_of_smallest() > 0);
  {
    const einc::runtime::FlushDenormals flush;
#ifdef __SSE2__
    CHECK(half_of_smallest() == 0);
    {
      const einc::runtime::FlushDenormals again;
      CHECK(half_of_smallest() == 0);
    }
    CHECK(half_of_smallest() == 0);
#endif
  }
  CHECK(half_of_smallest() > 0);
}
