// slice_labels.hpp: labels of an expression are cut into parts, so that one plan for a part, run for each of them, computes the whole.
// Knows the algebra; not which labels are worth cutting.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/expression.hpp"

namespace einc::slicing {

enum class Cutting : std::uint8_t {
  never,
  kept,    // each part computes its own positions of every output
  summed,  // the outputs are the sums of what the parts compute
};

// For every label, what cutting it comes to. A label may be cut
//   kept    when every output has it, once, and every value that depends on it has it: like a batch
//   summed  when no output has it, and every output is linear in one sum over it: from there on only contractions that have that sum
//           once among their arguments, and views
// and nobody counts positions along it: no iota, concat, gather, view, diagonal or stream. Values that read one array of the caller
// must step alike along it.
std::vector<Cutting> cuts_of(const ir::Expression& expression);

// `parts` of every slice divides the extent of its label. Those that outputs keep come first, whatever the order given.
ir::Expression slice_labels(ir::Expression expression, std::vector<ir::Slice> slices);

// The expression with dense results in the type that is computed with: what a task adds up. And what adds such results to the outputs:
// as many operands as outputs, each copied into its own.
ir::Expression into_partials(ir::Expression expression);
ir::Expression from_partials(const ir::Expression& expression);

}  // namespace einc::slicing
