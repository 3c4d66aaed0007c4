// subset_index.cpp: the index finds the sets that a plain loop over all of them finds.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/subset_index.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace einc;
using namespace einc::plan;
using namespace einc::testing;

namespace {

constexpr std::uint16_t things = 100;

std::vector<std::uint16_t> random_set(Random& random, std::uint64_t one_in) {
  std::vector<std::uint16_t> set;
  for (std::uint16_t thing = 0; thing < things; ++thing) {
    if (below(random, one_in) == 0) set.push_back(thing);
  }
  return set;
}

std::size_t common(const std::vector<std::uint16_t>& one, const std::vector<std::uint16_t>& other) {
  return static_cast<std::size_t>(std::count_if(
      one.begin(), one.end(), [&](std::uint16_t thing) { return std::count(other.begin(), other.end(), thing) > 0; }));
}

}  // namespace

TEST_CASE("the index finds the sets that hold nothing of one list and enough of another") {
  Random random(1);
  SubsetIndex index(things);
  std::vector<std::vector<std::uint16_t>> sets;
  for (int count = 0; count < 200; ++count) {
    sets.push_back(random_set(random, 8));
    index.append(sets.back());
  }
  for (const std::size_t end : {0u, 1u, 63u, 64u, 65u, 200u}) {
    for (std::size_t needed = 0; needed <= SubsetIndex::most_needed + 2; ++needed) {
      const std::vector<std::uint16_t> without = random_set(random, 20), some = random_set(random, 3);
      std::vector<std::size_t> expected, found;
      for (std::size_t number = end / 3; number < end; ++number) {
        // More than it counts, it takes for as many as it counts.
        if (common(sets[number], without) == 0 &&
            common(sets[number], some) >= std::min(needed, SubsetIndex::most_needed))
          expected.push_back(number);
      }
      index.visit(without, some, needed, end / 3, end, [&](std::size_t number) { found.push_back(number); });
      CHECK(found == expected);
    }
  }
}
