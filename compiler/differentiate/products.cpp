// SPDX-License-Identifier: BSD-3-Clause
#include "differentiate/products.hpp"

#include <algorithm>
#include <string>

#include "ir/program_access.hpp"

namespace einc::differentiate {

using ir::holds, ir::NamedTerm, ir::Node, ir::NodeKind;

namespace {

bool is_number(const Tensor& x, double number) { return ProgramAccess::is_number(x) && ProgramAccess::number(x) == number; }

// A factor without labels, such as the scale of scores, and a sign are taken out of what is summed: they are applied to the sum.
Tensor peeled(Tensor x, Tensor& scale) {
  for (;;) {
    if (ProgramAccess::is_number(x)) return x;
    const auto& program = ProgramAccess::program(x);
    const Node& node = program->nodes[ProgramAccess::node(x)];
    if (node.kind != NodeKind::map) return x;
    const auto argument = [&](std::size_t i) { return ProgramAccess::tensor(program, node.arguments[i]); };
    if (node.function == ir::Function::negative) {
      const Tensor inner = argument(0);
      scale = times(scale, -1.0);
      x = inner;
    } else if (node.function == ir::Function::multiply && program->nodes[node.arguments[1]].labels.empty()) {
      const Tensor inner = argument(0), factor = argument(1);
      scale = times(scale, factor);
      x = inner;
    } else {
      return x;
    }
  }
}

}  // namespace

Tensor times(const Tensor& x, const Tensor& y) {
  if (is_number(x, 1)) return y;
  if (is_number(y, 1)) return x;
  return x * y;
}

Tensor sum_to(Program& program, std::vector<Factor> factors, const NamedTerm& from, const NamedTerm& keep) {
  NamedTerm have;
  bool under_own = true;
  for (const Factor& factor : factors) {
    under_own = under_own && factor.term == factor.tensor.labels();
    for (const std::string& label : factor.term)
      if (!holds(have, label)) have.push_back(label);
  }
  const bool contracts = !under_own || std::any_of(have.begin(), have.end(), [&](const std::string& label) { return !holds(keep, label); });
  Tensor scale(1.0);
  std::vector<Tensor> tensors;
  std::string terms, kept;
  for (Factor& factor : factors) {
    const NamedTerm own = factor.tensor.labels();
    Tensor tensor = contracts ? peeled(factor.tensor, scale) : factor.tensor;
    if (tensor.labels() != own && !own.empty()) tensor = with_labels(program, tensor, own);
    if (own.empty()) {
      scale = times(scale, tensor);
      continue;
    }
    terms += (terms.empty() ? "" : ",") + ir::written(factor.term);
    tensors.push_back(std::move(tensor));
  }
  for (const std::string& label : keep)
    if (holds(have, label)) kept += label;
  for (const std::string& label : from)
    if (!holds(keep, label) && !holds(have, label)) scale = times(scale, program.extent(label));
  if (tensors.empty()) return scale;
  if (contracts) return times(einsum(terms + "->" + kept, tensors), scale);
  Tensor product = tensors[0];
  for (std::size_t i = 1; i < tensors.size(); ++i) product = product * tensors[i];
  return times(product, scale);
}

Tensor sum_to(Program& program, const std::vector<Tensor>& factors, const NamedTerm& from, const NamedTerm& keep) {
  std::vector<Factor> under_own;
  for (const Tensor& factor : factors) under_own.push_back({factor, factor.labels()});
  return sum_to(program, std::move(under_own), from, keep);
}

Tensor renamed(const Tensor& x, const NamedTerm& from, const NamedTerm& to) {
  NamedTerm old, fresh;
  const NamedTerm have = x.labels();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (holds(have, from[i])) old.push_back(from[i]), fresh.push_back(to[i]);
  return old.empty() ? x : rename(x, ir::written(old), ir::written(fresh));
}

Tensor with_labels(Program& program, const Tensor& x, const NamedTerm& labels) {
  const Tensor tensor = ProgramAccess::is_number(x) ? program.constant(ProgramAccess::number(x)) : x;
  return labels == tensor.labels() ? tensor : broadcast(tensor, ir::written(labels));
}

}  // namespace einc::differentiate
