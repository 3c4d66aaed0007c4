// Overlap of strided arrays, against the plain answer: the set of bytes each one touches.
#include "api/overlap.hpp"

#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/random_einsum.hpp"

using namespace einc;
using einc::testing::Random;

namespace {

struct Strided {
  std::int64_t first = 0;  // in elements of one buffer
  Shape extents;
  Strides strides;

  api::StridedBytes bytes(const float* memory) const { return {memory + first, sizeof(float), extents, strides}; }

  // Every element's place, as often as it has names.
  std::multiset<std::int64_t> places() const {
    std::multiset<std::int64_t> all{first};
    for (std::size_t i = 0; i < extents.size(); ++i) {
      std::multiset<std::int64_t> next;
      for (const std::int64_t place : all)
        for (Extent at = 0; at < extents[i]; ++at) next.insert(place + at * strides[i]);
      all = std::move(next);
    }
    return all;
  }
};

Strided random_array(Random& random) {
  Strided array{static_cast<std::int64_t>(200 + random.below(60)), {}, {}};
  for (std::size_t rank = random.below(4); rank-- > 0;) {
    array.extents.push_back(static_cast<Extent>(random.chance(0.05) ? 0 : 1 + random.below(5)));
    array.strides.push_back(static_cast<Stride>(random.below(27)) - 13);
  }
  return array;
}

}  // namespace

TEST_CASE("overlap is exactly sharing an element") {
  const std::vector<float> memory(600);
  Random random(7);
  int shared = 0;
  for (int round = 0; round < 4000; ++round) {
    const Strided x = random_array(random), y = random_array(random);
    const auto places = x.places();
    bool expected = false;
    for (const std::int64_t place : y.places()) expected = expected || places.count(place) > 0;
    shared += expected;
    INFO("round " << round);
    REQUIRE(api::overlaps(x.bytes(memory.data()), y.bytes(memory.data())) == expected);
    REQUIRE(api::overlaps(y.bytes(memory.data()), x.bytes(memory.data())) == expected);
  }
  CHECK(shared > 400);
  CHECK(shared < 3600);
}

TEST_CASE("an array overlaps itself exactly when an element has two names") {
  const std::vector<float> memory(600);
  Random random(8);
  for (int round = 0; round < 4000; ++round) {
    const Strided x = random_array(random);
    const auto places = x.places();
    const bool expected = std::set<std::int64_t>(places.begin(), places.end()).size() != places.size();
    INFO("round " << round);
    REQUIRE(api::overlaps_itself(x.bytes(memory.data())) == expected);
  }
}

TEST_CASE("interleaved columns of one matrix do not overlap, neighbouring rows neither") {
  const std::vector<float> memory(64);
  const Shape columns{8, 4};
  const Strides every_second{8, 2};
  CHECK(!api::overlaps({memory.data(), 4, columns, every_second}, {memory.data() + 1, 4, columns, every_second}));
  CHECK(api::overlaps({memory.data(), 4, columns, every_second}, {memory.data() + 2, 4, columns, every_second}));
  CHECK(api::overlaps({memory.data(), 8, Shape{1}, Strides{1}}, {memory.data() + 1, 4, Shape{1}, Strides{1}}));  // half an f64
}
