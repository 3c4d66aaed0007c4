// The calls, on raw memory: every spelling gives the same numbers, results are fresh and row-major, scales are BLAS's.
#include <einc/einsum.hpp>

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
Array<T> filled(const Shape& extents, std::size_t operand) {
  Array<T> array(extents);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = fill_value<T>(n, operand, 0.4 + static_cast<double>(operand));
  return array;
}

template <class T>
ArrayRef ref(const Array<T>& array) {
  return {array.data(), dtype_of<T>, array.extents(), array.strides()};
}

template <class T>
std::vector<T> values(const Array<T>& array) {
  return {array.data(), array.data() + array.size()};
}

}  // namespace

TEMPLATE_TEST_CASE("every spelling of a call gives the same numbers", "", float, double) {
  const Array<TestType> q = filled<TestType>({2, 5, 3, 4}, 0), k = filled<TestType>({2, 6, 3, 4}, 1);
  const Reference<TestType> expected = reference_einsum<TestType>("bqhc,bkhc->bhqk", {q.view(), k.view()});
  auto check = [&](const Array<TestType>& got) {
    CHECK(got.extents() == expected.extents);
    CHECK(got.strides() == row_major(got.extents()));
    CHECK(first_difference(expected, got.data()) == -1);
  };
  const std::vector<ArrayRef> refs = {ref(q), ref(k)};

  check(einsum("bqhc,bkhc->bhqk", q, k));
  check(einsum(" b q h c, b k h c -> b h q k ", q, k));
  check(einsum("bqhc,bkhc->bhqk", Options{.planner = Planner::left_to_right, .threads = 1}, q, k.view()));
  check(einsum<"bqhc,bkhc->bhqk">(q, k));
  check(einsum<TestType>("bqhc,bkhc->bhqk", refs));
  check(einsum<TestType>("bqhc,bkhc->bhqk", refs, {.threads = 2}));

  Array<TestType> out({2, 3, 5, 6});
  einsum_into(out, "bqhc,bkhc->bhqk", q, k);
  check(out);
  einsum_into(TensorView<TestType>(out.data(), out.extents()), "bqhc,bkhc->bhqk", Scale{}, q.view(), k);
  check(out);

  const Compiled compiled = compile("bqhc,bkhc->bhqk", {q.extents(), k.extents()}, {.dtype = dtype_of<TestType>});
  check(compiled(q, k));
  compiled.into(out, q, k);
  check(out);
  compiled.into(out, Scale{2, -1}, q, k);
  check(out);
  compiled.run(refs, {out.data(), dtype_of<TestType>, out.extents(), out.strides()});
  check(out);
  CHECK(compiled.shape() == expected.extents);
  CHECK(compiled.dtype() == dtype_of<TestType>);
  CHECK(compiled.text() == "bqhc,bkhc->bhqk");
}

TEST_CASE("compile computes with f32 unless told otherwise") {
  CHECK(compile("ij->ji", {{2, 3}}).dtype() == DType::f32);
}

TEST_CASE("one compiled expression serves operands of any strides") {
  const Array<double> a = filled<double>({6, 8}, 0), b = filled<double>({8, 4}, 1);
  const Compiled multiply = compile("ij,jk->ik", {{3, 8}, {8, 4}}, {.dtype = DType::f64});
  const TensorView<const double> every_second(a.data(), {3, 8}, {16, 1}), from_below(a.data() + 40, {3, 8}, {-8, 1}),
      one_row(a.data(), {3, 8}, {0, 1});
  for (const auto& rows : {every_second, from_below, one_row}) {
    const Array<double> got = multiply(rows, b);
    CHECK(first_difference(reference_einsum<double>("ij,jk->ik", {rows, b.view()}), got.data()) == -1);
  }
  const TensorView<const double> columns(a.data(), {3, 8}, {1, 6});
  CHECK(first_difference(reference_einsum<double>("ij,jk->ik", {columns, b.view()}), multiply(columns, b).data()) == -1);
}

TEST_CASE("a copy of a compiled expression outlives the original") {
  const Array<float> a = filled<float>({3}, 0);
  auto make = [] { return Compiled(compile("i->", {{3}})); };
  CHECK(make()(a)[0] == Approx(a[0] + a[1] + a[2]));
}

TEST_CASE("a result never aliases an operand, not even for a bare copy") {
  const Array<float> a = filled<float>({4, 4}, 0);
  CHECK(einsum("ij->ij", a).data() != a.data());
  CHECK(einsum("ii->i", a).data() != a.data());
  CHECK(values(einsum("ij->ij", a)) == values(a));
}

TEST_CASE("scalars are arrays of rank 0") {
  const Array<double> a = filled<double>({3}, 0);
  const Array<double> sum = einsum("i->", a);
  CHECK(sum.rank() == 0);
  CHECK(sum.size() == 1);
  const double three = 3;
  const Array<double> product = einsum(",i->i", TensorView<const double>(&three, {}), a);
  CHECK(product[1] == Approx(3 * a[1]));
  CHECK(einsum("", TensorView<const double>(&three, {}))[0] == 3);
}

TEST_CASE("a sum over nothing is zero, and an empty result is empty") {
  const Array<float> a({2, 0}), b({0, 3});
  CHECK(values(einsum("ij,jk->ik", a, b)) == std::vector<float>(6, 0.0F));
  CHECK(einsum("ij,ki->jk", b, a).size() == 6);
  CHECK(einsum("ij->ji", a).size() == 0);
  Array<float> out({2, 3});
  for (std::size_t n = 0; n < 6; ++n) out[n] = static_cast<float>(n);
  einsum_into(out, "ij,jk->ik", Scale{1, 2}, a, b);
  CHECK(values(out) == std::vector<float>{0, 2, 4, 6, 8, 10});
  einsum_into(out, "ij,jk->ik", a, b);
  CHECK(values(out) == std::vector<float>(6, 0.0F));
}

TEMPLATE_TEST_CASE("with beta 0 the output is never read; otherwise it is scaled", "", float, double) {
  const Array<TestType> a = filled<TestType>({9, 5}, 0), b = filled<TestType>({5, 7}, 1);
  const Reference<TestType> expected = reference_einsum<TestType>("ij,jk->ik", {a.view(), b.view()});
  Array<TestType> out({9, 7});
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = std::numeric_limits<TestType>::quiet_NaN();
  einsum_into(out, "ij,jk->ik", Scale{1, 0}, a, b);
  CHECK(first_difference(expected, out.data()) == -1);
  einsum_into(out, "ij,jk->ik", Scale{-2, 3}, a, b);
  CHECK(first_difference(expected, out.data()) == -1);
  einsum_into(out, "ij,jk->ik", Scale{0, 1}, a, b);
  CHECK(first_difference(expected, out.data()) == -1);
}

TEST_CASE("a label twice in the result writes the diagonal and zero elsewhere") {
  const double data[] = {1, 2, 3};
  const TensorView<const double> a(data, {3});
  CHECK(values(einsum("i->ii", a)) == std::vector<double>{1, 0, 0, 0, 2, 0, 0, 0, 3});
  Array<double> out({3, 3});
  for (std::size_t n = 0; n < 9; ++n) out[n] = 10;
  einsum_into(out, "i->ii", Scale{1, 0.5}, a);
  CHECK(values(out) == std::vector<double>{6, 5, 5, 5, 7, 5, 5, 5, 8});
}

TEST_CASE("what is not finite goes through every product, as IEEE arithmetic has it") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const Extent extent : {3, 40}) {
    Array<float> a({extent, extent}), b({extent, extent});
    for (std::size_t n = 0; n < a.size(); ++n) a[n] = b[n] = 0;
    b[0] = nan;
    b[1] = inf;
    b[2] = 1;
    const Array<float> c = einsum("ij,jk->ik", a, b);  // 0 * NaN and 0 * inf are NaN, 0 * 1 is 0
    CHECK(std::isnan(c[0]));
    CHECK(std::isnan(c[1]));
    CHECK(c[2] == 0);
  }
}

TEST_CASE("an extent of 1 stretches only where numpy's rules are asked for, and under an ellipsis") {
  const Array<float> a = filled<float>({2, 1}, 0), b = filled<float>({3, 4}, 1);
  const Reference<float> expected = reference_einsum<float>("ij,jk->ik", {a.view(), b.view()});
  CHECK(first_difference(expected, einsum("ij,jk->ik", Options{.broadcast = Broadcast::numpy}, a, b).data()) == -1);
  CHECK_THROWS_AS(einsum("ij,jk->ik", a, b), Error);
  const Array<float> column = filled<float>({3, 1}, 2);
  const Array<float> sum = einsum("...,...->...", column, b);
  CHECK(sum.extents() == Shape{3, 4});
  CHECK(sum[5] == Approx(column[1] * b[5]));
}

TEST_CASE("an ellipsis that the result drops is summed only when asked") {
  const Array<float> a = filled<float>({2, 3}, 0);
  CHECK_THROWS_AS(einsum("...i->i", a), Error);
  const Array<float> sums = einsum("...i->i", Options{.sum_ellipsis = true}, a);
  CHECK(sums[1] == Approx(a[1] + a[4]));
  CHECK(values(einsum("...ij->ij", a)) == values(a));  // it covers nothing here
  CHECK(values(einsum("ij->...ij", a)) == values(a));
}
