// xtensor arrays as operands and results: what is used in place, what is evaluated, and which type comes out.
#include <einc/xtensor.hpp>

#if __has_include(<xtensor/views/xview.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xfixed.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>
#endif

#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/fill.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

xt::xarray<double> filled(const std::vector<std::size_t>& shape, std::size_t operand) {
  auto array = xt::xarray<double>::from_shape({shape.begin(), shape.end()});
  for (std::size_t n = 0; n < array.size(); ++n) array.storage()[n] = fill_value<double>(n, operand, 0.2 + static_cast<double>(operand));
  return array;
}

// out[i, k] = sum over j of a[i, j] b[j, k], by xtensor's own iteration over a copy.
template <class A, class B>
xt::xarray<double> multiply(const A& a_expression, const B& b_expression) {
  const xt::xarray<double> a = a_expression, b = b_expression;
  const std::size_t rows = a.shape(0), columns = b.shape(1), depth = a.shape(1);
  xt::xarray<double> out = xt::zeros<double>({rows, columns});
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t k = 0; k < columns; ++k)
      for (std::size_t j = 0; j < depth; ++j) out.data()[i * columns + k] += a.data()[i * depth + j] * b.data()[j * columns + k];
  return out;
}

template <class A, class B>
bool close(const A& a, const B& b) {
  return a.dimension() == b.dimension() && std::equal(a.shape().begin(), a.shape().end(), b.shape().begin()) &&
         xt::allclose(a, b, 1e-12, 1e-12);
}

template <class E>
constexpr bool in_place = detail::StridedXtensor<std::remove_cvref_t<E>>;

// Multiplies `a` by a fixed matrix in both orders, so that both operands of a contraction meet this kind of array.
template <class A>
void check_operand(const A& a, bool expected_in_place) {
  CHECK(in_place<A> == expected_in_place);
  const xt::xarray<double> b = filled({static_cast<std::size_t>(a.shape()[1]), 5}, 1);
  const xt::xarray<double> c = filled({3, static_cast<std::size_t>(a.shape()[0])}, 2);
  CHECK(close(einsum("ij,jk->ik", a, b), multiply(a, b)));
  CHECK(close(einsum("ij,jk->ik", c, a), multiply(c, a)));
}

}  // namespace

TEST_CASE("containers of every kind are used in place") {
  const xt::xarray<double> a = filled({4, 6}, 0);
  check_operand(a, true);
  check_operand(xt::xtensor<double, 2>(a), true);
  check_operand(xt::xtensor_fixed<double, xt::xshape<4, 6>>(a), true);
  check_operand(xt::xarray<double, xt::layout_type::column_major>(a), true);
  check_operand(xt::xtensor<double, 2, xt::layout_type::column_major>(a), true);
}

TEST_CASE("views over strided memory are used in place") {
  using namespace xt::placeholders;
  const xt::xarray<double> a = filled({8, 12}, 0);
  const xt::xtensor<double, 3> box = filled({3, 4, 5}, 1);
  check_operand(xt::view(a, xt::range(1, 7), xt::range(2, 9)), true);
  check_operand(xt::view(a, xt::range(0, 8, 2), xt::range(1, 12, 3)), true);
  check_operand(xt::view(a, xt::range(_, _, -1), xt::all()), true);
  check_operand(xt::view(a, xt::range(7, 1, -2), xt::range(_, _, -1)), true);
  check_operand(xt::view(box, 1, xt::all(), xt::all()), true);
  check_operand(xt::view(box, xt::all(), xt::all(), 2), true);
  check_operand(xt::view(xt::view(a, xt::range(0, 8, 2), xt::all()), xt::range(1, 4), xt::range(0, 12, 5)), true);
  check_operand(xt::strided_view(a, {xt::range(2, 6), xt::range(0, 12, 4)}), true);
  check_operand(xt::view(xt::view(a, 3, xt::all()), xt::newaxis(), xt::all()), true);
}

TEST_CASE("transposes and flips are used in place") {
  const xt::xarray<double> a = filled({4, 6}, 0);
  const xt::xtensor<double, 2> fixed_rank = a;
  check_operand(xt::transpose(a), true);
  check_operand(xt::transpose(fixed_rank), true);
  check_operand(xt::flip(a, 0), true);
  check_operand(xt::transpose(xt::view(a, xt::range(0, 4, 2), xt::all())), true);
}

TEST_CASE("adaptors over memory of others are used in place") {
  std::vector<double> memory(60);
  for (std::size_t n = 0; n < memory.size(); ++n) memory[n] = fill_value<double>(n, 0, 0.9);
  check_operand(xt::adapt(memory, std::vector<std::size_t>{6, 10}), true);
  check_operand(xt::adapt(memory.data(), 60, xt::no_ownership(), std::vector<std::size_t>{6, 10}), true);
  check_operand(xt::adapt(memory.data(), 60, xt::no_ownership(), std::vector<std::size_t>{6, 10}, std::vector<std::size_t>{1, 6}), true);
}

TEST_CASE("other expressions are evaluated first") {
  const xt::xarray<double> a = filled({4, 6}, 0);
  check_operand(2.0 * a + 1.0, false);
  check_operand(xt::sin(a), false);
  check_operand(xt::broadcast(filled({6}, 3), {4, 6}), false);
  check_operand(xt::view(a, xt::keep(0, 2, 3), xt::all()), false);
  check_operand(xt::ones<double>({4, 6}), false);
}

TEST_CASE("results are xarrays at run time and xtensors of known rank from a checked text") {
  const xt::xarray<float> a = xt::ones<float>({2, 3});
  const xt::xtensor<float, 2> b = xt::ones<float>({3, 4});
  const auto dynamic = einsum("ij,jk->ik", a, b);
  const auto fixed = einsum<"ij,jk->ik">(a, b);
  const auto scalar = einsum<"ij->">(b);
  const auto open = einsum<"...j,jk->...k">(a, b);
  CHECK(std::is_same_v<decltype(dynamic), const xt::xarray<float>>);
  CHECK(std::is_same_v<decltype(fixed), const xt::xtensor<float, 2>>);
  CHECK(std::is_same_v<decltype(scalar), const xt::xtensor<float, 0>>);
  CHECK(std::is_same_v<decltype(open), const xt::xarray<float>>);
  CHECK(dynamic(1, 3) == 3);
  CHECK(fixed(0, 2) == 3);
  CHECK(scalar() == 12);
  CHECK(open.shape() == dynamic.shape());
}

TEST_CASE("xtensor arrays and raw memory mix in one call") {
  const xt::xarray<double> a = filled({2, 3}, 0), b = filled({3, 2}, 1);
  const TensorView<const double> view(b.data(), {3, 2});
  const auto mixed = einsum("ij,jk->ik", a, view);
  CHECK(std::is_same_v<std::remove_const_t<decltype(mixed)>, xt::xarray<double>>);
  CHECK(close(mixed, multiply(a, b)));
  CHECK(close(einsum("ij,jk->ik", TensorView<const double>(a.data(), {2, 3}), xt::transpose(xt::xarray<double>(xt::transpose(b)))),
              multiply(a, b)));
}

TEST_CASE("results of xtensor calls never alias an operand") {
  xt::xarray<double> a = filled({3, 3}, 0);
  auto copy = einsum("ij->ij", a);
  auto diagonal = einsum("ii->i", a);
  a.fill(0);
  CHECK(copy(1, 1) != 0);
  CHECK(diagonal(2) != 0);
}

TEST_CASE("results can be written into arrays, views and adaptors") {
  const xt::xarray<double> a = filled({4, 3}, 0), b = filled({3, 5}, 1);
  const xt::xarray<double> expected = multiply(a, b);
  xt::xarray<double> out = xt::zeros<double>({4, 5});
  einsum_into(out, "ij,jk->ik", a, b);
  CHECK(close(out, expected));

  xt::xtensor<double, 2> sideways = xt::zeros<double>({5, 4});
  einsum_into(xt::transpose(sideways), "ij,jk->ik", a, b);
  CHECK(close(xt::transpose(sideways), expected));

  xt::xarray<double> large = xt::zeros<double>({8, 10});
  auto every_second = xt::view(large, xt::range(0, 8, 2), xt::range(1, 10, 2));
  einsum_into(every_second, "ij,jk->ik", a, b);
  CHECK(close(every_second, expected));
  CHECK(xt::sum(xt::abs(large))() == Approx(xt::sum(xt::abs(expected))()));  // nothing beside the view was written

  std::vector<double> memory(20);
  auto adapted = xt::adapt(memory, std::vector<std::size_t>{4, 5});
  compile("ij,jk->ik", {{4, 3}, {3, 5}}, {.dtype = DType::f64}).into(adapted, a, b);
  CHECK(close(adapted, expected));
}

TEST_CASE("arrays of rank 0 and empty arrays take part") {
  const xt::xarray<double> scalar = 2.0, a = filled({3}, 0);
  CHECK(close(einsum(",i->i", scalar, a), 2.0 * a));
  const auto nothing = xt::xarray<double>::from_shape({0, 4});
  CHECK(close(einsum("ij->j", nothing), xt::zeros<double>({4})));
  CHECK(einsum("ij->ij", nothing).size() == 0);
}

TEST_CASE("extents of 1, whose strides xtensor sets to 0, are ordinary") {
  const xt::xarray<double> row = filled({1, 6}, 0), column = filled({6, 1}, 1);
  CHECK(close(einsum("ij,jk->ik", row, column), multiply(row, column)));
  CHECK(close(einsum("ij,jk->ik", column, row), multiply(column, row)));
  xt::xarray<double> out = xt::zeros<double>({1, 6});
  einsum_into(out, "ij->ij", row);
  CHECK(close(out, row));
}
