// SPDX-License-Identifier: BSD-3-Clause
#include "differentiate/sweep.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "differentiate/products.hpp"
#include "differentiate/shift_invariance.hpp"
#include "ir/program_access.hpp"

namespace einc::differentiate {

using ir::holds, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind;

Sweep::Sweep(Program program, NodeId output, const std::vector<NodeId>& inputs) : program_(std::move(program)), output_(output) {
  const std::size_t count = nodes().size();
  wanted_.assign(count, 0);
  parts_.resize(count);
  total_.resize(count);
  for (const NodeId input : inputs) wanted_[input] = 1;
  for (NodeId id = 0; id < count; ++id)
    for (const NodeId argument : nodes()[id].arguments) wanted_[id] = wanted_[id] || wanted_[argument];
  stopped_ = shift_invariant(*ProgramAccess::program(program_), output);
}

const std::vector<Node>& Sweep::nodes() const { return ProgramAccess::program(program_)->nodes; }
Tensor Sweep::tensor(NodeId id) const { return ProgramAccess::tensor(ProgramAccess::program(program_), id); }

std::string Sweep::fresh_label() {
  const auto known = [&](const std::string& label) {
    return std::any_of(nodes().begin(), nodes().end(), [&](const Node& node) {
      return holds(node.labels, label) || std::any_of(node.terms.begin(), node.terms.end(), [&](const NamedTerm& term) { return holds(term, label); });
    });
  };
  for (;;) {
    std::string label = fmt::format("[g{}]", labels_made_++);
    if (!known(label)) return label;
  }
}

void Sweep::give(NodeId to, Tensor part, NodeId linear) {
  if (wanted_[to] && !stopped_[to]) parts_[to].push_back({std::move(part), linear});
}

std::optional<Tensor> Sweep::cotangent(NodeId id) {
  if (total_[id] || parts_[id].empty()) return total_[id];
  Tensor sum = parts_[id][0].value;
  for (std::size_t i = 1; i < parts_[id].size(); ++i) sum = sum + parts_[id][i].value;
  total_[id] = sum;
  return sum;
}

Tensor Sweep::weighed(NodeId id, const NamedTerm& keep) {
  const std::vector<Part>& parts = parts_[id];
  const NodeId user = parts.size() == 1 ? parts[0].linear : none;
  if (user != none && nodes()[user].kind == NodeKind::map) return weighed(user, keep);
  if (user != none) {
    const Node made = node(user);
    const auto place = static_cast<std::size_t>(std::find(made.arguments.begin(), made.arguments.end(), id) - made.arguments.begin());
    const NamedTerm own = labels(id);
    NamedTerm kept;
    for (const std::string& label : keep) kept.push_back(made.terms[place][static_cast<std::size_t>(std::find(own.begin(), own.end(), label) - own.begin())]);
    if (std::all_of(kept.begin(), kept.end(), [&](const std::string& label) { return holds(made.labels, label); }))
      return renamed(sum_to(program_, {*cotangent(user), tensor(user)}, made.labels, kept), kept, keep);
  }
  return sum_to(program_, {*cotangent(id), tensor(id)}, labels(id), keep);
}

void Sweep::run(const Tensor& seed) {
  give(output_, seed);
  for (NodeId id = output_ + 1; id-- > 0;)
    if (wanted_[id] && !parts_[id].empty()) apply(id);
}

// What a rule adds counts as written where its node was, and is named after it.
void Sweep::apply(NodeId id) {
  ir::Program& program = *ProgramAccess::program(program_);
  const std::size_t before = program.nodes.size();
  const Tensor given = *cotangent(id);
  const Node made = node(id);
  switch (made.kind) {
    case NodeKind::input:
    case NodeKind::constant:
    case NodeKind::extent:
    case NodeKind::iota: break;
    case NodeKind::einsum: einsum_rule(*this, id, given); break;
    case NodeKind::map: pointwise_rule(*this, id, given); break;
    case NodeKind::reduce: extreme_rule(*this, id, given); break;
    case NodeKind::view: view_rule(*this, id, given); break;
    case NodeKind::widen: give(made.arguments[0], sum_to(program_, {given}, made.labels, labels(made.arguments[0]))); break;
    case NodeKind::slice: slice_rule(*this, id, given); break;
    case NodeKind::concat: concat_rule(*this, id, given); break;
    case NodeKind::gather: gather_rule(*this, id, given); break;
  }
  for (std::size_t at = before; at < program.nodes.size(); ++at) {
    Node& added = program.nodes[at];
    added.origin = made.origin;
    added.operation = fmt::format("gradient of {}", made.operation);
  }
  if (made.name.empty() || made.kind == NodeKind::input || ProgramAccess::is_number(given)) return;
  Node& total = program.nodes[ProgramAccess::node(given)];
  if (ProgramAccess::node(given) >= parts_.size() && total.name.empty() && total.kind != NodeKind::constant && total.kind != NodeKind::extent)
    total.name = made.name + "_gradient";
}

}  // namespace einc::differentiate
