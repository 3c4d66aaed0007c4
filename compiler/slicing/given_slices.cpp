// SPDX-License-Identifier: BSD-3-Clause
#include "slicing/given_slices.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <einc/error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/rewrite.hpp"

namespace einc::slicing {
namespace {

constexpr Extent most_slices = Extent{1} << 60;  // more could not be counted

[[noreturn]] void refuse(std::size_t number, std::string_view field, std::string sentence) {
  throw Error(ErrorCode::bad_plan, fmt::format("`slices[{}]{}` of the plan {}", number, field, sentence), {}, {},
              "make the plan anew: a plan that `einc plan` or `Compiled::plan_json()` wrote cuts labels of its text into parts of equal length");
}

// The labels of the text that one of the expression is made of.
ir::Term own(const ir::Expression& expression, Label label) { return expression.made_of[label].empty() ? ir::Term{label} : expression.made_of[label]; }

std::vector<bool> used_labels(const ir::Expression& expression) {
  std::vector<bool> used(expression.extents.size(), false);
  for (const ir::Value& value : expression.values)
    for (const Label label : value.labels) used[label] = true;
  return used;
}

ir::Term numbers_of(std::size_t number, const GivenSlice& slice, const std::vector<std::string>& names) {
  ir::Term numbers;
  for (const std::string& name : slice.labels) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) refuse(number, ".labels", fmt::format("names `{}`, which is no label of the text", name));
    numbers.push_back(static_cast<Label>(found - names.begin()));
    if (std::count(numbers.begin(), numbers.end(), numbers.back()) > 1) refuse(number, ".labels", fmt::format("names `{}` twice", name));
  }
  if (numbers.empty()) refuse(number, ".labels", "names no label");
  return numbers;
}

// Factors of `parts` go to the labels in turn; what divides none of them is made up for by more.
void spread(Extent parts, const ir::Term& over, const ir::Expression& expression, std::vector<Extent>& result) {
  for (const Label label : over) {
    const Extent factor = std::gcd(parts, expression.extents[label] / result[label]);
    result[label] *= factor, parts /= factor;
  }
  for (const Label label : over) {
    const Extent left = expression.extents[label] / result[label];
    Extent factor = std::min(parts, left);
    while (left % factor != 0) ++factor;
    result[label] *= factor;
    parts = (parts + factor - 1) / factor;
  }
}

}  // namespace

std::vector<GivenSlice> name_cuts(const ir::Expression& sliced, const std::vector<std::string>& names) {
  std::vector<GivenSlice> given;
  for (const ir::Slice& slice : sliced.slices) {
    GivenSlice& each = given.emplace_back();
    for (const Label label : own(sliced, slice.label)) each.labels.push_back(names[label]);
    each.parts = slice.parts;
  }
  return given;
}

std::vector<Extent> parts_of(const std::vector<GivenSlice>& given, const ir::Expression& expression, const std::vector<std::string>& names, const std::vector<Cutting>& cuts) {
  std::vector<Extent> parts(expression.extents.size(), 1);
  const std::vector<bool> used = used_labels(expression);
  ir::Term seen;
  Extent slices = 1;
  for (std::size_t number = 0; number < given.size(); ++number) {
    const GivenSlice& slice = given[number];
    const ir::Term numbers = numbers_of(number, slice, names);
    const std::string name = fmt::format("{}", fmt::join(slice.labels, " "));
    double positions = 1;
    for (const Label label : numbers) {
      if (ir::contains(seen, label)) refuse(number, ".labels", fmt::format("cuts `{}` a second time", names[label]));
      seen.push_back(label);
      positions *= static_cast<double>(expression.extents[label]);
    }
    if (slice.parts < 1) refuse(number, ".parts", fmt::format("is {}: a label has one part or more", slice.parts));
    if (static_cast<double>(slice.parts) > positions) refuse(number, ".parts", fmt::format("is {}, and `{}` has {:.0f} position{}", slice.parts, name, positions, positions == 1 ? "" : "s"));
    if (slices > most_slices / slice.parts) refuse(number, ".parts", fmt::format("is {}: that makes more slices than can be counted", slice.parts));
    slices *= slice.parts;
    ir::Term over;  // labels of the expression that have some of these, in their order
    bool exact = false;
    for (Label label = 0; label < cuts.size(); ++label) {
      if (!used[label]) continue;
      const ir::Term made_of = own(expression, label);
      if (std::none_of(made_of.begin(), made_of.end(), [&](Label part) { return ir::contains(numbers, part); })) continue;
      exact = made_of == numbers;
      if (exact || cuts[label] != Cutting::never) over.push_back(label);
      if (exact) break;
    }
    if (exact && slice.parts > 1) {
      if (cuts[over.back()] == Cutting::never) refuse(number, ".labels", fmt::format("cuts `{}`, which this text does not let be cut", name));
      if (expression.extents[over.back()] % slice.parts != 0) refuse(number, ".parts", fmt::format("is {}, which does not divide the {:.0f} positions of `{}`", slice.parts, positions, name));
    }
    if (exact) parts[over.back()] = slice.parts;
    else spread(slice.parts, over, expression, parts);
  }
  return parts;
}

}  // namespace einc::slicing
