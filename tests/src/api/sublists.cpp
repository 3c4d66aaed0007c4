// Lists of numbers in the place of a text: the same values, and messages that show the lists.
#include <einc/sublists.hpp>

#include <utility>
#include <vector>

#include <einc/xtensor.hpp>

#include "support/catch.hpp"
#include "support/faults.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

const std::vector<double> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
TensorView<const double> array(Shape extents) { return {numbers.data(), std::move(extents)}; }

std::vector<double> values(const Array<double>& a) { return {a.data(), a.data() + a.size()}; }

}  // namespace

TEST_CASE("a list stands for a term, and the last one for the result") {
  const auto a = array({2, 3}), b = array({3, 4});
  CHECK(values(einsum(a, {0, 1}, b, {1, 2}, {0, 2})) == values(einsum("ij,jk->ik", a, b)));
  CHECK(values(einsum(a, {7, 3}, {3, 7})) == values(einsum("ij->ji", a)));
  CHECK(values(einsum(array({3, 3}), {5, 5}, {5})) == std::vector<double>{1, 5, 9});
  CHECK(einsum(a, {0, 1}, {}).extents().empty());
  CHECK(values(einsum(array({}), {}, a, {1, 0}, {0, 1})) == values(einsum("ij->ji", a)));
}

TEST_CASE("without a last list the labels that occur once come in numeric order, not in that of their digits") {
  CHECK(text_of_lists({{10, 9}}) == "[_10][_9]->[_9][_10]");
  CHECK(text_of_lists({{0, 1}, {1, 2}}) == "[_0][_1],[_1][_2]->[_0][_2]");
  CHECK(text_of_lists({{0, 0}}) == "[_0][_0]->");
  CHECK(text_of_lists({{4, ellipsis}, {ellipsis, 2}}) == "[_4]...,...[_2]->...[_2][_4]");
  const auto a = array({2, 3});
  CHECK(values(einsum(a, {10, 9})) == values(einsum("ij->ji", a)));
}

TEST_CASE("the text of lists is compiled and explained like any other") {
  const Compiled compiled = compile(text_of_lists({{0, 1}, {1, 2}}, {2, 0}), {{2, 3}, {3, 4}}, {.dtype = DType::f64});
  CHECK(values(compiled(array({2, 3}), array({3, 4}))) == values(einsum("ij,jk->ki", array({2, 3}), array({3, 4}))));
}

TEST_CASE("any number from 0 to the largest of 32 bits is a label") {
  CHECK(text_of_lists({{0, 4294967295u}}, {4294967295}) == "[_0][_4294967295]->[_4294967295]");
  for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{4294967296}, std::numeric_limits<std::int64_t>::min()}) {
    const Error error = error_of([&] { einsum(array({2, 3}), {0, bad}, {0}); });
    CHECK(error.code() == ErrorCode::bad_label);
  }
  CHECK(error_of([] { text_of_lists({{0}}, {~std::uint64_t{0}}); }).code() == ErrorCode::bad_label);
}

TEST_CASE("the ellipsis covers the labels that a list does not name") {
  const auto a = array({2, 2, 3});
  CHECK(values(einsum(a, {ellipsis, 0}, {0, ellipsis})) == values(einsum("...i->i...", a)));
  CHECK(values(einsum(a, {ellipsis, 0}, array({3}), {0})) == values(einsum("...i,i->...", a, array({3}))));
}

TEST_CASE("eight operands have their lists") {
  const auto x = array({2});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 256});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 128});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 64});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 32});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 16});
  CHECK(values(einsum(x, {0}, x, {0}, x, {0}, {0})) == std::vector<double>{1, 8});
}

TEST_CASE("the caller's memory is written, with a scale or without") {
  const auto a = array({2, 3}), b = array({3, 4});
  Array<double> out({2, 4}), expected = einsum("ij,jk->ik", a, b);
  einsum_into(out, a, {0, 1}, b, {1, 2}, {0, 2});
  CHECK(values(out) == values(expected));
  einsum_into(out, {2, 1}, a, {0, 1}, b, {1, 2}, {0, 2});
  for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == 3 * expected[i]);
  einsum_into(out, a, {0, 1}, b, {1, 2});
  CHECK(values(out) == values(expected));
}

TEST_CASE("vectors of labels and arrays known at run time need no overload") {
  const auto a = array({2, 3}), b = array({3, 4});
  const std::vector<ArrayRef> refs{{a.data(), DType::f64, a.extents(), a.strides()}, {b.data(), DType::f64, b.extents(), b.strides()}};
  const std::vector<int> of_a{0, 1}, of_b{1, 2};
  const std::vector<LabelList> lists{of_a, of_b};
  CHECK(values(einsum<double>(refs, lists)) == values(einsum("ij,jk->ik", a, b)));
  CHECK(values(einsum<double>(refs, lists, {2, 0})) == values(einsum("ij,jk->ki", a, b)));
  CHECK(values(einsum(a, of_a, b, of_b, std::vector<std::uint32_t>{2, 0})) == values(einsum("ij,jk->ki", a, b)));
  const std::vector<LabelList> too_few{of_a};
  const Error error = error_of([&] { einsum<double>(refs, too_few); });
  CHECK(error.code() == ErrorCode::operand_count);
  CHECK_THAT(error.what(), ContainsSubstring("{0, 1}\n"));
}

TEST_CASE("xtensor arrays take lists too, and their result is one") {
  const xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}};
  const xt::xtensor<double, 2> b{{1, 2}, {3, 4}, {5, 6}};
  const xt::xarray<double> c = einsum(a, {0, 1}, b, {1, 2}, {0, 2});
  CHECK((c == xt::xarray<double>{{22, 28}, {49, 64}}));
  xt::xarray<double> out = xt::zeros<double>({2, 2});
  einsum_into(out, a, {0, 1}, b, {1, 2}, {2, 0});
  CHECK(out(0, 1) == 49);
}

TEST_CASE("a message shows the lists and names labels by number") {
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {0, 1}, array({4, 3}), {1, 12}, {0, 12}); }).what()) ==
        "label `1` has two extents, 3 and 4\n"
        "  {0, 1}, {1, 12} -> {0, 12}\n"
        "      ^ 3 in operand 0, shape [2, 3]\n"
        "           ^ 4 in operand 1, shape [4, 3]");
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {0, -1}, array({3}), {-20}, {0}); }).what()) ==
        "a label of a list is a number from 0 to 4294967295\n"
        "  {0, -1}, {-20} -> {0}\n"
        "      ^^\n"
        "            ^^^\n"
        "hint: number the labels from 0; `einc::ellipsis` stands for those not named");
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {0}, array({3}), {}); }).what()) ==
        "term `{0}` has 1 label, its array has rank 2\n"
        "  {0}, {}\n"
        "   ^ operand 0, shape [2, 3]\n"
        "hint: put `einc::ellipsis` into the list for labels that it does not name");
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {0, 1}, array({3}), {}, {0}); }).what()) ==
        "an empty term stands for a scalar, its array has rank 1\n"
        "  {0, 1}, {} -> {0}\n"
        "          ^^ operand 1, shape [3]\n"
        "hint: put `einc::ellipsis` into the list for labels that it does not name");
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {0, 1}, {2, 0}); }).what()) ==
        "a label of the result is in no operand: `2`\n"
        "  {0, 1} -> {2, 0}\n"
        "             ^\n"
        "hint: a label of the result must be in an operand, so that its extent is known; the operands have `0`, `1`");
  CHECK(std::string(error_of([] { einsum(array({2, 3}), {ellipsis, 1}, {1}); }).what()) ==
        "`...` covers 1 label that the result leaves out\n"
        "  {..., 1} -> {1}\n"
        "   ^^^ operand 0, shape [2, 3]\n"
        "hint: put `einc::ellipsis` into the last list to keep them, or set the option `sum_ellipsis` to sum them");
}
