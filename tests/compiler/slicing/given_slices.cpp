// given_slices.cpp: cuts that were kept come back as they were; others are refused with the field.
// SPDX-License-Identifier: BSD-3-Clause
#include "slicing/given_slices.hpp"

#include <algorithm>

#include <einc/error.hpp>

#include "support/bound.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;
using namespace einc::slicing;
using namespace einc::test;

namespace {

const std::vector<std::string> names = {"i", "j", "k"};

ir::Expression of_text(const std::string& text, const std::vector<Shape>& shapes) { return after("fuse-labels", test::expression(text, shapes)); }

std::vector<Extent> parts(const std::vector<GivenSlice>& given, const ir::Expression& expression) { return parts_of(given, expression, names, cuts_of(expression)); }

Extent product(const std::vector<Extent>& numbers) {
  Extent result = 1;
  for (const Extent number : numbers) result *= number;
  return result;
}

std::string fault(const std::vector<GivenSlice>& given, const ir::Expression& expression) {
  try {
    parts(given, expression);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_plan);
    CHECK_FALSE(error.hint().empty());
    return error.sentence();
  }
  return "taken";
}

}  // namespace

TEST_CASE("cuts go to their labels, and come back under the same names") {
  const ir::Expression expression = of_text("ij,jk->ik", {{4, 6}, {6, 8}});
  const std::vector<GivenSlice> given = {{{"i"}, 2}, {{"k"}, 8}, {{"j"}, 3}};
  CHECK(parts(given, expression) == std::vector<Extent>{2, 3, 8});
  const ir::Expression sliced = slice_labels(expression, {{0, 2, false}, {1, 3, true}, {2, 8, false}});
  CHECK(name_cuts(sliced, names) == given);
}

TEST_CASE("labels that are one loop are cut as one, and where they are apart to as many parts or more") {
  const ir::Expression together = of_text("ij,ijk->ijk", {{6, 4}, {6, 4, 5}});
  const std::vector<GivenSlice> given = {{{"i", "j"}, 8}};
  const std::vector<Extent> cut = parts(given, together);
  CHECK(product(cut) == 8);
  CHECK(*std::max_element(cut.begin(), cut.end()) == 8);
  const ir::Expression apart = of_text("ij,jik->ijk", {{6, 4}, {4, 6, 5}});
  CHECK(parts(given, apart) == std::vector<Extent>{2, 4, 1});
  CHECK(product(parts({{{"i", "j"}, 24}}, apart)) == 24);
  CHECK(product(parts({{{"i", "j"}, 5}}, apart)) >= 5);  // made of arrays with other strides, and of other extents
  CHECK(product(parts({{{"i"}, 2}, {{"j"}, 4}}, together)) == 8);
}

TEST_CASE("what cannot be cut so is refused with the field") {
  const ir::Expression expression = of_text("ij,jk->ik", {{4, 6}, {6, 8}});
  CHECK(fault({{{"i"}, 4}}, expression) == "taken");
  CHECK(fault({{{"i"}, 1}}, expression) == "taken");
  CHECK(fault({{{"i"}, 2}, {{"x"}, 2}}, expression) == "`slices[1].labels` of the plan names `x`, which is no label of the text");
  CHECK(fault({{{}, 2}}, expression) == "`slices[0].labels` of the plan names no label");
  CHECK(fault({{{"i", "i"}, 2}}, expression) == "`slices[0].labels` of the plan names `i` twice");
  CHECK(fault({{{"i"}, 2}, {{"i"}, 2}}, expression) == "`slices[1].labels` of the plan cuts `i` a second time");
  CHECK(fault({{{"i"}, 0}}, expression) == "`slices[0].parts` of the plan is 0: a label has one part or more");
  CHECK(fault({{{"i"}, 5}}, expression) == "`slices[0].parts` of the plan is 5, and `i` has 4 positions");
  CHECK(fault({{{"j"}, 4}}, expression) == "`slices[0].parts` of the plan is 4, which does not divide the 6 positions of `j`");
  CHECK(fault({{{"i"}, 2}}, of_text("ij,ji->ii", {{4, 6}, {6, 4}})) == "`slices[0].labels` of the plan cuts `i`, which this text does not let be cut");
  const Extent large = Extent{1} << 31;
  CHECK_THAT(fault({{{"i"}, large}, {{"j"}, large}}, of_text("i,j->i", {{large}, {large}})), ContainsSubstring("more slices than can be counted"));
}
