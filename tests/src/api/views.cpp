// Views: other labels for the same memory, of raw memory and of xtensor arrays, and what is refused.
#include <einc/views.hpp>

#include <numeric>
#include <type_traits>
#include <vector>

#include <einc/xtensor.hpp>

#if __has_include(<xtensor/views/xview.hpp>)  // xtensor 0.26 and later
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xview.hpp>
#endif

#include "support/catch.hpp"
#include "support/faults.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

Array<double> counting(Shape extents) {
  Array<double> array(std::move(extents));
  std::iota(array.data(), array.data() + array.size(), 0.0);
  return array;
}

template <class T>
std::vector<double> values(const TensorView<T>& view) {
  const Array<double> dense = einsum("...->...", view);
  return {dense.data(), dense.data() + dense.size()};
}

template <class A>
concept CanView = requires(A&& array) { einsum_view("i->i", std::forward<A>(array)); };

}  // namespace

TEST_CASE("permutations and diagonals have the values of einsum, in the array's own memory") {
  const Array<double> a = counting({3, 3, 4, 3});
  for (const char* text : {"ijkl->ijkl", "ijkl->lkji", "iiki->ik", "iiki->ki", "ijkj->kji", "...l->l...", "i...i->...i", "[a]j...->...j[a]", "dcba"}) {
    INFO(text);
    const TensorView<const double> view = einsum_view(text, a);
    const Array<double> expected = einsum(text, a);
    CHECK(view.data() == a.data());
    CHECK(view.extents() == expected.extents());
    CHECK(values(view) == std::vector<double>(expected.data(), expected.data() + expected.size()));
  }
  CHECK(einsum_view("iiki->ki", a).strides() == Strides{3, 36 + 12 + 1});
}

TEST_CASE("strides of any sign, of zero and of empty arrays are carried over") {
  std::vector<double> memory(12);
  std::iota(memory.begin(), memory.end(), 0.0);
  CHECK(values(einsum_view("ij->ji", TensorView<double>(memory.data() + 11, {3, 4}, {-4, -1}))) == std::vector<double>{11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0});
  CHECK(einsum_view("ii->i", TensorView<double>(memory.data(), {3, 3}, {0, 1})).strides() == Strides{1});
  CHECK(einsum_view("ijk->kji", TensorView<double>(nullptr, {2, 0, 3})).extents() == Shape{3, 0, 2});
  CHECK(einsum_view("->", TensorView<double>(memory.data(), {})).extents().empty());
}

TEST_CASE("a view may be written where its array may") {
  Array<double> a = counting({2, 3});
  auto turned = einsum_view("ij->ji", a);
  turned.data()[turned.strides()[0] * 2 + turned.strides()[1]] = 50;
  CHECK(a[5] == 50);
  const Array<double>& fixed = a;
  CHECK(std::is_same_v<decltype(turned), TensorView<double>>);
  CHECK(std::is_same_v<decltype(einsum_view("ij->ji", fixed)), TensorView<const double>>);
  CHECK(std::is_same_v<decltype(einsum_view("ij->ji", fixed.view())), TensorView<const double>>);
  Array<double> square = counting({3, 3});
  einsum_into(einsum_view("ii->i", square), "i->i", counting({3}));
  CHECK(square[4] == 1);
  CHECK(square[5] == 5);
}

TEST_CASE("no view is taken of an array that ends with the call") {
  CHECK(CanView<Array<double>&>);
  CHECK(CanView<const Array<double>&>);
  CHECK(CanView<TensorView<double>>);
  CHECK_FALSE(CanView<Array<double>>);
  CHECK(CanView<xt::xarray<double>&>);
  CHECK_FALSE(CanView<xt::xarray<double>>);
  CHECK_FALSE(CanView<decltype(std::declval<xt::xarray<double>&>() + 1)&>);  // no memory to show
}

TEST_CASE("xtensor arrays give xtensor views of their memory") {
  xt::xarray<double> a = xt::arange<double>(24).reshape({2, 3, 4});
  auto turned = einsum_view("ijk->kji", a);
  REQUIRE(turned.dimension() == 3);
  CHECK((turned == xt::transpose(a)));
  turned(3, 2, 1) = -1;
  CHECK(a(1, 2, 3) == -1);
  const xt::xtensor<double, 2> square{{1, 2}, {3, 4}};
  auto diagonal = einsum_view<"ii->i">(square);
  CHECK((diagonal == xt::xarray<double>{1, 4}));
  CHECK(&diagonal(0) == square.data());
  CHECK_FALSE(std::is_assignable_v<decltype(diagonal(0)), double>);
  auto part = xt::view(a, 1, xt::range(2, xt::placeholders::_, -1), xt::range(0, 4, 2));
  CHECK((einsum_view("ij->ji", part) == xt::transpose(xt::xarray<double>(part))));
  CHECK(einsum("ij->", einsum_view("ij->ji", part))() == xt::sum(part)());
  xt::xarray<double> none = xt::zeros<double>({2, 0});
  CHECK(einsum_view("ij->ji", none).shape()[0] == 0);
}

TEST_CASE("what needs arithmetic or other memory is refused, with the place and the way out") {
  const Array<double> a = counting({3, 3});
  const auto message = [&](const char* text) {
    const Error error = error_of([&] { einsum_view(text, a); });
    CHECK(error.code() == ErrorCode::no_view);
    return std::string(error.what());
  };
  CHECK(message("ij->j") ==
        "a view sums nothing, and label `i` is not in the result\n"
        "  ij->j\n"
        "  ^\n"
        "hint: call `einsum`, which computes into an array of its own");
  CHECK_THAT(message("ii"), ContainsSubstring("label `i` is not in the result\n  ii\n  ^\n   ^\n"));
  CHECK_THAT(message("ij->iji"), ContainsSubstring("no place for label `i` twice in the result") && ContainsSubstring("\n      ^\n        ^\n"));
  CHECK_THAT(message("ij,jk->ijk"), ContainsSubstring("a view has one operand, the text has 2\n  ij,jk->ijk\n     ^^ the second operand\n"));
}

TEST_CASE("faults of the text and of the shape are told as einsum tells them") {
  const Array<double> a = counting({2, 3});
  const auto code = [&](const char* text) { return error_of([&] { einsum_view(text, a); }).code(); };
  CHECK(code("i$->i") == ErrorCode::bad_character);
  CHECK(code("ii->i") == ErrorCode::extent_mismatch);
  CHECK(code("i->i") == ErrorCode::rank_mismatch);
  CHECK(code("i...->i") == ErrorCode::ellipsis_dropped);
}
