// grad.cpp: the program of the gradients: the first program, what the sweep adds to it, and new outputs.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/gradients.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "differentiate/products.hpp"
#include "differentiate/sweep.hpp"
#include "ir/program_access.hpp"

namespace einc {
namespace {

using ir::Node, ir::NodeId, ir::NodeKind;

struct Asked {
  const ir::Program& program;
  ir::Origin origin;  // of the call

  [[noreturn]] void fail(const std::string& sentence, const std::string& hint) const { throw ir::fault({}, ErrorCode::bad_program, "grad", origin, sentence, hint); }

  const ir::NamedOutput& output(std::string_view name) const {
    std::vector<std::string> names;
    for (const ir::NamedOutput& output : program.outputs) {
      if (output.name == name) return output;
      names.push_back(output.name);
    }
    fail(fmt::format("the program has no output `{}`", name), fmt::format("its outputs are `{}`", fmt::join(names, "`, `")));
  }

  std::vector<NodeId> inputs(const std::vector<std::string>& wanted) const {
    if (wanted.empty()) return program.inputs;
    std::vector<NodeId> result;
    for (const std::string& name : wanted) {
      std::vector<std::string> names;
      NodeId found = differentiate::Sweep::none;
      for (const NodeId input : program.inputs) {
        names.push_back(program.nodes[input].name);
        if (names.back() == name) found = input;
      }
      if (found == differentiate::Sweep::none) fail(fmt::format("the program has no input `{}`", name), fmt::format("its inputs are `{}`", fmt::join(names, "`, `")));
      if (std::count(wanted.begin(), wanted.end(), name) > 1) fail(fmt::format("the gradient by `{}` is asked for twice", name), "name every input once");
      result.push_back(found);
    }
    return result;
  }
};

// `<name>_gradient`, with a number where that is taken.
std::string gradient_name(const std::string& name, const std::set<std::string>& taken) {
  std::string result = name + "_gradient";
  for (int number = 2; taken.count(result); ++number) result = fmt::format("{}_gradient_{}", name, number);
  return result;
}

// Nodes that tell extents of labels: they stay though nobody reads them.
bool ties_labels(const ir::Program& program, const Node& node) {
  if (node.kind == NodeKind::slice || node.kind == NodeKind::concat) return true;
  if (node.kind == NodeKind::view) return !node.groups.empty();
  for (std::size_t i = 0; node.kind == NodeKind::einsum && i < node.arguments.size(); ++i)
    if (node.terms[i] != program.nodes[node.arguments[i]].labels) return true;
  return false;
}

void drop_unneeded(ir::Program& program) {
  std::vector<char> needed(program.nodes.size(), 0);
  for (const NodeId input : program.inputs) needed[input] = 1;
  for (const ir::NamedOutput& output : program.outputs) needed[output.node] = 1;
  for (std::size_t id = program.nodes.size(); id-- > 0;) {
    needed[id] = needed[id] || ties_labels(program, program.nodes[id]);
    if (needed[id])
      for (const NodeId argument : program.nodes[id].arguments) needed[argument] = 1;
  }
  std::vector<NodeId> moved(program.nodes.size(), 0);
  std::vector<Node> kept;
  for (std::size_t id = 0; id < program.nodes.size(); ++id) {
    if (!needed[id]) continue;
    moved[id] = static_cast<NodeId>(kept.size());
    kept.push_back(std::move(program.nodes[id]));
    for (NodeId& argument : kept.back().arguments) argument = moved[argument];
  }
  program.nodes = std::move(kept);
  for (NodeId& input : program.inputs) input = moved[input];
  for (ir::NamedOutput& output : program.outputs) output.node = moved[output.node];
  std::set<std::string_view> labels;
  for (const Node& node : program.nodes) {
    labels.insert(node.labels.begin(), node.labels.end());
    labels.insert(node.label);
  }
  std::erase_if(program.fixed, [&](const ir::FixedExtent& fixed) { return labels.count(fixed.label) == 0; });
}

ir::Origin place_of_call(const std::source_location& where) {
  Program probe;
  probe.constant(0, where);
  return ProgramAccess::program(probe)->nodes[0].origin;
}

}  // namespace

Program grad(const Program& program, const LocatedText& output, const std::vector<std::string>& inputs, const GradientOptions& options) {
  const ir::Program& source = *ProgramAccess::program(program);
  const Asked asked{source, place_of_call(output.where)};
  const ir::NamedOutput of = asked.output(output.text);
  const std::vector<NodeId> by = asked.inputs(inputs);

  Program result;
  ir::Program& made = *ProgramAccess::program(result);
  made = source;
  if (!options.keep_outputs) made.outputs.clear(), made.output_names.clear();
  differentiate::Sweep sweep(result, of.node, by);
  Tensor seed(1.0);
  if (!of.labels.empty()) seed = result.input({gradient_name(of.name, made.input_names), output.where}, ir::written(of.labels));
  sweep.run(seed);
  for (const NodeId input : by) {
    const Node node = made.nodes[input];
    const std::optional<Tensor> cotangent = sweep.cotangent(input);
    const Tensor gradient = differentiate::with_labels(result, cotangent.value_or(Tensor(0.0)), node.labels);
    result.output({gradient_name(node.name, made.output_names), output.where}, gradient, ir::written(node.labels));
  }
  drop_unneeded(made);
  return result;
}

}  // namespace einc
