// labels.hpp: lists of labels as sets and texts, for functions that are handed tensors with labels they do not choose.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <einc/program.hpp>

namespace einc::attention::detail {

using LabelList = std::vector<std::string>;

LabelList split_labels(std::string_view text);  // "b[page]q" is b, [page], q; blanks mean nothing
std::string joined(const LabelList& labels);
bool contains(const LabelList& labels, std::string_view label);
LabelList without(LabelList labels, const LabelList& others);
LabelList united(LabelList labels, const LabelList& others);  // then those of the others that are new
LabelList common(const LabelList& labels, const LabelList& others);

// sum of x * y over some labels of both: the einsum text that leaves the rest in the order given.
Tensor contract(const Tensor& x, const Tensor& y, const LabelList& result);

}  // namespace einc::attention::detail
