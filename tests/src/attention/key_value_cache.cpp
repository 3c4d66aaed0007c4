// The past of a sequence: what was written stays where it was when memory doubles, and what was not written is zeros.
#include <einc/attention_layers.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;

namespace {

// Writes number + batch into every key of the slots, and its negative into the values.
void fill(const KeyValueCache<double>::Slots& slots, double number) {
  const auto each = [&](const TensorView<double>& view, double sign) {
    for (Extent b = 0; b < view.extents()[0]; ++b)
      for (Extent n = 0; n < view.extents()[1]; ++n)
        for (Extent c = 0; c < view.extents()[2] * view.extents()[3]; ++c)
          view.data()[b * view.strides()[0] + n * view.strides()[1] + c] = sign * (number + static_cast<double>(b));
  };
  each(slots.keys, 1), each(slots.values, -1);
}

}  // namespace

TEST_CASE("positions keep their content when memory doubles") {
  KeyValueCache<double> past(2);
  for (int n = 0; n < 5; ++n) fill(past.extend(1, 2, 3, 4, 2), 10 * n);
  CHECK(past.length() == 5);
  CHECK(past.capacity() == 8);
  const auto all = past.all();
  CHECK(all.keys.extents() == Shape{2, 8, 3, 4});
  for (Extent b = 0; b < 2; ++b)
    for (Extent n = 0; n < 8; ++n) {
      const double expected = n < 5 ? 10.0 * static_cast<double>(n) + static_cast<double>(b) : 0;
      CHECK(all.keys.data()[(b * 8 + n) * 12 + 11] == expected);
      CHECK(all.values.data()[(b * 8 + n) * 6] == -expected);
    }
}

TEST_CASE("many positions at once get room at once") {
  KeyValueCache<float> past;
  CHECK(past.capacity() == 0);
  past.extend(100, 1, 1, 1, 1);
  CHECK(past.capacity() == 100);
  past.extend(1, 1, 1, 1, 1);
  CHECK(past.capacity() == 200);
  past.clear();
  CHECK(past.length() == 0);
}

TEST_CASE("a past of other extents is refused") {
  KeyValueCache<double> past;
  past.extend(1, 2, 3, 4, 2);
  CHECK_THROWS_WITH(past.extend(1, 1, 3, 4, 2), ContainsSubstring("2 for the past, 1 for the new positions"));
  CHECK_THROWS_AS(past.extend(1, 2, 6, 4, 2), Error);
  CHECK(past.length() == 1);
}
