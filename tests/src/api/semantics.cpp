// Where libraries differ: one case for every choice einc made about texts, extents and results. Those about element types stand in
// semantics_types.cpp.
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <einc/xtensor.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

using Values = std::vector<double>;

const Values numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
TensorView<const double> array(Shape extents) { return {numbers.data(), std::move(extents)}; }
Values values(const Array<double>& a) { return {a.data(), a.data() + a.size()}; }

const Options numpy = [] {
  Options options;
  options.broadcast = Broadcast::numpy;
  return options;
}();

template <class... A>
Error error_of(std::string_view text, const Options& options, const A&... arrays) {
  try {
    einsum(text, options, arrays...);
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing is thrown");
  throw 0;
}
template <class... A>
ErrorCode code_of(std::string_view text, const A&... arrays) {
  return error_of(text, Options{}, arrays...).code();
}

}  // namespace

TEST_CASE("row 1: an ellipsis that covers labels and is missing from the result is an error with a fix-it") {
  for (const Options& options : {Options{}, numpy}) {
    const Error error = error_of("...i->i", options, array({2, 3}));
    CHECK(error.code() == ErrorCode::ellipsis_dropped);
    CHECK_THAT(error.hint(), ContainsSubstring("`...i->...i`") && ContainsSubstring("`sum_ellipsis`"));
  }
  Options summed;
  summed.sum_ellipsis = true;
  CHECK(values(einsum("...i->i", summed, array({2, 3}))) == Values{5, 7, 9});
  CHECK(values(einsum("...i->i", array({3}))) == Values{1, 2, 3});  // it covers nothing: nothing is lost
}

TEST_CASE("row 2: an ellipsis in the result alone covers no label") {
  CHECK(values(einsum("i->...i", array({3}))) == Values{1, 2, 3});
  CHECK(einsum("i->...i", array({3})).extents() == Shape{3});
  CHECK(einsum("i->i...", numpy, array({3})).extents() == Shape{3});
}

TEST_CASE("row 3: an extent of 1 meets a larger one in an error, or stretches where numpy's rules are asked for") {
  CHECK(code_of("ij,jk->ik", array({2, 1}), array({3, 2})) == ErrorCode::extent_mismatch);
  CHECK(values(einsum("ij,jk->ik", numpy, array({2, 1}), array({3, 2}))) == Values{9, 12, 18, 24});
  CHECK(values(einsum("i,i->i", numpy, array({1}), array({3}))) == Values{1, 2, 3});
  CHECK(values(einsum("i,i->", numpy, array({3}), array({1}))) == Values{6});
  CHECK(error_of("ij,jk->ik", numpy, array({2, 2}), array({3, 2})).code() == ErrorCode::extent_mismatch);
}

TEST_CASE("row 4: a diagonal of extents 1 and 3 is an error by both rules") {
  CHECK(error_of("ii->i", Options{}, array({1, 3})).code() == ErrorCode::extent_mismatch);
  CHECK(error_of("ii->i", numpy, array({1, 3})).code() == ErrorCode::extent_mismatch);
  CHECK(error_of("ii,i->i", numpy, array({1, 3}), array({3})).code() == ErrorCode::extent_mismatch);
  CHECK(values(einsum("ii->i", array({1, 1}))) == Values{1});
}

TEST_CASE("row 5: a label twice in the result writes the diagonal, by numpy's rules it is an error") {
  CHECK(values(einsum("i->ii", array({2}))) == Values{1, 0, 0, 2});
  CHECK(values(einsum("i,j->iji", array({2}), array({1}))) == Values{1, 0, 0, 2});
  CHECK(error_of("i->ii", numpy, array({2})).code() == ErrorCode::repeated_output_label);
  Array<double> out({2, 2});
  for (std::size_t i = 0; i < 4; ++i) out[i] = 10;
  einsum_into(out, "i->ii", {1, 0.5}, array({2}));
  CHECK(values(out) == Values{6, 5, 5, 7});  // elements off the diagonal are scaled as all others
}

TEST_CASE("row 6: white space may stand between any two tokens and inside none") {
  const Values expected = values(einsum("ij,jk->ik", array({2, 3}), array({3, 2})));
  for (const char* text : {" ij , jk -> ik ", "i j,j\tk\n->\r\ni\vk\f", "( i j ) , jk->ik"}) CHECK(values(einsum(text, array({2, 3}), array({3, 2}))) == expected);
  CHECK(code_of("ij- >ji", array({2, 3})) == ErrorCode::bad_arrow);
  CHECK(code_of(".. .i->i", array({3})) == ErrorCode::bad_ellipsis);
  CHECK(code_of("[a b]->", array({3})) == ErrorCode::bad_name);
}

TEST_CASE("row 7: a result that is not written is in ASCII order, and named labels have none") {
  CHECK(values(einsum("ba", array({2, 2}))) == Values{1, 3, 2, 4});
  CHECK(values(einsum("aB", array({2, 2}))) == Values{1, 3, 2, 4});  // `B` before `a`
  CHECK(einsum("z...a", array({2, 3, 2})).extents() == Shape{3, 2, 2});
  CHECK(code_of("[row][column]", array({2, 3})) == ErrorCode::implicit_output_with_names);
}

TEST_CASE("row 8: labels are letters, characters beyond ASCII and names; digits stand inside names") {
  const Values expected = values(einsum("ij->ji", array({2, 3})));
  for (const char* text : {"λμ->μλ", "日月->月日", "[row][column]->[column][row]", "[x1][x2]->[x2][x1]", "[λ1]j->j[λ1]"}) CHECK(values(einsum(text, array({2, 3}))) == expected);
  CHECK_THAT(error_of("i2->i", Options{}, array({2, 3})).hint(), ContainsSubstring("`[i2]`"));
}

TEST_CASE("row 9: a number in a list is a label from 0 to the largest of 32 bits, and a negative one an error") {
  CHECK(values(einsum(array({2, 3}), {4294967295u, 100}, {100, 4294967295u})) == values(einsum("ij->ji", array({2, 3}))));
  CHECK_THROWS_AS(einsum(array({2, 3}), {-1, 0}, {0}), Error);
}

TEST_CASE("row 14: a full contraction is an array of rank 0, and einsum_scalar its element") {
  CHECK(einsum("ij->", array({2, 3})).extents().empty());
  CHECK(values(einsum("ij->", array({2, 3}))) == Values{21});
  CHECK(einsum_scalar("ij->", array({2, 3})) == 21);
  const xt::xarray<double> x{1, 2};
  CHECK(einsum("i->", x).dimension() == 0);
  CHECK(std::is_same_v<decltype(einsum<"i->">(x)), xt::xtensor<double, 0>>);
}

TEST_CASE("row 15: einsum gives an array of its own, einsum_view the memory of its operand") {
  const auto a = array({3, 3});
  for (const char* text : {"ij->ij", "ij->ji", "ii->i"}) {
    const double* data = einsum(text, a).data();
    CHECK((data < numbers.data() || data >= numbers.data() + numbers.size()));
    CHECK(einsum_view(text, a).data() == numbers.data());
  }
}

TEST_CASE("row 16: results are row-major whatever the plan and the operands' strides") {
  for (const char* text : {"ij,jk->ik", "ij,jk->ki", "(ij,jk)->ki"})
    for (const Strides& strides : {Strides{3, 1}, Strides{1, 3}}) {
      const Array<double> c = einsum(text, TensorView<const double>(numbers.data(), {3, 3}, strides), array({3, 4}));
      CHECK(c.strides() == row_major(c.extents()));
    }
}

TEST_CASE("row 17: an output that shares an element with an operand is refused and left untouched; the gaps of one are free") {
  Values memory = numbers;
  const TensorView<double> odd(memory.data() + 1, {6}, {2}), even(memory.data(), {6}, {2});
  einsum_into(odd, "i->i", even);
  CHECK(memory == Values{1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11});
  const Values before = memory;
  try {
    einsum_into(TensorView<double>(memory.data() + 1, {3}), "i->i", TensorView<double>(memory.data(), {3}));
    FAIL("nothing is thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::overlap);
  }
  CHECK(memory == before);
}

TEST_CASE("row 18: a sum over no positions is zero, or beta times the output") {
  CHECK(values(einsum("ij,jk->ik", array({2, 0}), array({0, 2}))) == Values{0, 0, 0, 0});
  CHECK(einsum("ij->ij", array({0, 3})).extents() == Shape{0, 3});
  CHECK(values(einsum("i->", array({0}))) == Values{0});
  Array<double> out({2});
  out[0] = 3, out[1] = 4;
  einsum_into(out, "ij->i", {1, 0.5}, array({2, 0}));
  CHECK(values(out) == Values{1.5, 2});
  einsum_into(out, "ij->i", array({2, 0}));
  CHECK(values(out) == Values{0, 0});
  CHECK(code_of("i,i->i", array({0}), array({1})) == ErrorCode::extent_mismatch);
  CHECK(einsum("i,i->i", numpy, array({0}), array({1})).extents() == Shape{0});
  CHECK(error_of("i,i->i", numpy, array({0}), array({2})).code() == ErrorCode::extent_mismatch);
}

TEST_CASE("row 19: a wrong number of operands is told with both numbers and the term or array that is spare") {
  const Error more = error_of("i,j,k->", Options{}, array({2}), array({2}));
  CHECK(more.sentence() == "the text has 3 operands, the call has 2 arrays");
  CHECK_THAT(more.what(), ContainsSubstring("\n      ^ no array for this term"));
  const Error fewer = error_of("i->", Options{}, array({2}), array({2, 3}));
  CHECK(fewer.sentence() == "the text has 1 operand, the call has 2 arrays");
  CHECK_THAT(fewer.what(), ContainsSubstring("no term for array 1, shape [2, 3]"));
}

TEST_CASE("row 20: a second arrow and a comma after the arrow are errors with their column") {
  CHECK_THAT(error_of("i->i->", Options{}, array({2})).what(), ContainsSubstring("\n  i->i->\n      ^^\n"));
  CHECK_THAT(error_of("i->i,", Options{}, array({2})).what(), ContainsSubstring("\n  i->i,\n      ^\n"));
}

TEST_CASE("row 21: without a written result the ellipsis of several operands comes first and stays") {
  CHECK(einsum("...i,...i", array({2, 3}), array({2, 3})).extents() == Shape{2});
  CHECK(einsum("i...,...j", array({3, 2}), array({2, 4})).extents() == Shape{2, 3, 4});
}

TEST_CASE("row 22: what is not finite is computed with, and an output with beta 0 is not read") {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Values zeros{0, 0, 1}, odd{inf, nan, 2};
  const Array<double> c = einsum("i,i->i", TensorView<const double>(zeros.data(), {3}), TensorView<const double>(odd.data(), {3}));
  CHECK((std::isnan(c[0]) && std::isnan(c[1]) && c[2] == 2));
  CHECK(std::isnan(einsum_scalar("i,i->", TensorView<const double>(zeros.data(), {3}), TensorView<const double>(odd.data(), {3}))));
  Array<double> out{Shape{}};
  out[0] = nan;
  einsum_into(out, "i->", {2, 0}, array({3}));
  CHECK(out[0] == 12);
}

TEST_CASE("row 24: a label that one operand alone has, and the result has not, is summed before anything is multiplied") {
  CHECK(values(einsum("ij,k->ik", array({2, 3}), array({2}))) == Values{6, 12, 15, 30});
  const Compiled compiled = compile("ij,k->ik", {{2, 3}, {2}});
  REQUIRE(compiled.plan().steps.size() == 2);
  CHECK(compiled.plan().steps[0].text == "ij->i");
}
