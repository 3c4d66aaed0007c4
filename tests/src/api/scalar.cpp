// The one number of a full contraction.
#include <einc/scalar.hpp>

#include <type_traits>
#include <vector>

#include <einc/xtensor.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {
const std::vector<double> numbers{1, 2, 3, 4};

std::string message(const char* text) {
  const TensorView<const double> a(numbers.data(), {2, 2});
  try {
    einsum_scalar(text, a);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::no_scalar);
    return error.what();
  }
  return {};
}
}  // namespace

TEST_CASE("a full contraction is the element itself") {
  const TensorView<const double> a(numbers.data(), {2, 2});
  CHECK(std::is_same_v<decltype(einsum_scalar("ij,ij->", a, a)), double>);
  CHECK(einsum_scalar("ij,ij->", a, a) == 30);
  CHECK(einsum_scalar("ii", a) == 5);
  CHECK(einsum_scalar<"ij,ji->">(a, a) == 29);
  CHECK(einsum_scalar(",->", TensorView<const double>(numbers.data() + 1, {}), TensorView<const double>(numbers.data() + 2, {})) == 6);
  CHECK(einsum_scalar("i->", TensorView<const float>(nullptr, {0})) == 0);
  const xt::xarray<float> x{1, 2, 3};
  CHECK(einsum_scalar("i,i->", x, x) == 14.f);
}

TEST_CASE("a text whose result has labels is refused before anything is computed") {
  CHECK(message("ij->i") ==
        "the result has labels, `i`, and a scalar has none\n"
        "  ij->i\n"
        "      ^\n"
        "hint: write `ij->` to sum over all labels, or call `einsum` for an array");
  CHECK_THAT(message("ij"), ContainsSubstring("\n  ij\n  ^ occurs once, so the result has it\n   ^ occurs once, so the result has it\n"));
  CHECK_THAT(message("...->..."), ContainsSubstring("`...`"));
}

TEST_CASE("other faults are told as einsum tells them") {
  const TensorView<const double> a(numbers.data(), {2, 2});
  CHECK_THROWS_AS(einsum_scalar("i$", a), Error);
  CHECK_THROWS_AS(einsum_scalar("i->", a), Error);
}
