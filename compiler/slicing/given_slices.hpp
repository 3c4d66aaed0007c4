// given_slices.hpp: cuts that were chosen before, and kept with a plan: checked, and found again in the expression that is compiled.
// Knows what may be cut; not orders of contraction, files, or why anything was cut.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ir/expression.hpp"
#include "slicing/slice_labels.hpp"

namespace einc::slicing {

// One label of the expression, by the labels of the text it is made of, outermost first.
struct GivenSlice {
  std::vector<std::string> labels;
  Extent parts = 1;
  bool operator==(const GivenSlice&) const = default;
};

struct GivenSlices {
  std::vector<GivenSlice> cuts = {};
  Extent slices_per_task = 0;     // 0: slices write the outputs, there are no tasks
  std::int64_t asked_for = 0;     // slices that were to be handed out; 0: cut for memory alone
  double most_shared = std::numeric_limits<double>::infinity();  // elements of a result that is kept for all slices
  double overhead = 1;            // flops, as many times as those of a plan that is not cut
  bool operator==(const GivenSlices&) const = default;

  bool is_cut() const { return !cuts.empty() || slices_per_task > 0; }
};

// The cuts of an expression by the labels of its text.
std::vector<GivenSlice> name_cuts(const ir::Expression& sliced, const std::vector<std::string>& names);

// Into how many parts each label of the expression is cut. `names`: of the labels of the text. Arrays with other strides may have apart
// what was one label, or the other way round: then the parts are spread over the labels there are, to as many slices or more if
// they have the positions. Throws Error (bad_plan) that names the field.
std::vector<Extent> parts_of(const std::vector<GivenSlice>& given, const ir::Expression& expression, const std::vector<std::string>& names, const std::vector<Cutting>& cuts);

}  // namespace einc::slicing
