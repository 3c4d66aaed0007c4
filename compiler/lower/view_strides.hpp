// view_strides: a view of an array as the same memory with other labels and strides, where strides can say it.
// "h d" merged to e is one stride where d lies inside h; otherwise the array must be copied first.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "ir/expression.hpp"
#include "lower/assign_roles.hpp"

namespace einc::lower {

// The order of labels in which a copy of an array can be viewed so.
ir::Term order_for_view(const ir::Term& labels, const ir::Value& view);

// The same memory, its labels called by other names.
Strided renamed(Strided array, std::span<const std::pair<Label, Label>> names);

std::optional<Strided> view_strides(const Strided& array, const ir::Value& view, std::span<const Extent> extents);

}  // namespace einc::lower
