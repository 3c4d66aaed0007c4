// products.hpp: products of tensors summed to fewer labels, written as few operations as their labels allow.
// A cotangent may lack labels of its value: it does not vary along them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <einc/program.hpp>

#include "ir/program.hpp"

namespace einc::differentiate {

Tensor times(const Tensor& x, const Tensor& y);  // x * y, or one of them where the other is the number 1

// A factor whose labels count under other names, by position; a name twice is its diagonal.
struct Factor {
  Tensor tensor;
  ir::NamedTerm term;
};

// The sum of the product over the labels of `from` that `keep` lacks. Along those no factor has, it is one number many times.
Tensor sum_to(Program& program, std::vector<Factor> factors, const ir::NamedTerm& from, const ir::NamedTerm& keep);
Tensor sum_to(Program& program, const std::vector<Tensor>& factors, const ir::NamedTerm& from, const ir::NamedTerm& keep);

// x with labels renamed one by one; those x lacks are left out.
Tensor renamed(const Tensor& x, const ir::NamedTerm& from, const ir::NamedTerm& to);

// x with all of these labels, in this order.
Tensor with_labels(Program& program, const Tensor& x, const ir::NamedTerm& labels);

}  // namespace einc::differentiate
