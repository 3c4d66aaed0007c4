// choose_slices.hpp: which labels of an expression to cut into how many parts, and the order of contraction that goes with it.
// Knows labels and extents; not strides, nor what may be cut: that is told.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <einc/options.hpp>

#include "ir/expression.hpp"
#include "ir/target.hpp"
#include "plan/order_slice.hpp"
#include "plan/plan_value.hpp"
#include "plan/search_control.hpp"

namespace einc::plan {

struct SliceChoice {
  std::vector<Extent> parts;  // of every label of the expression; 1: whole
  Settled settled;            // orders of its units, for the extents of a part, and what is kept for all slices
  double overhead = 1;        // flops of all slices, as many times as those of the order it began with, not cut
  double live = 0;            // elements of intermediates alive at one time, as the planner counts
  std::string method;
};

// cuttable: whether each label may be cut. Nothing where they do not go far enough.
std::optional<SliceChoice> choose_slices(const ir::Expression& expression, const std::vector<bool>& cuttable, const ir::Target& target, const Options& options,
                                         const SliceOptions& wanted, const SearchControl* control = nullptr);

// Every label that may be cut, into single positions; contractions one operand after the other.
SliceChoice cut_all(const ir::Expression& expression, const std::vector<bool>& cuttable, const Options& options);

}  // namespace einc::plan
