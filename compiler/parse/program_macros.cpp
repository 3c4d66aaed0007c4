// program_macros.cpp: softmax, logsumexp and layer_norm spelled out in primitive operations.
// The pass that finds streams looks for exactly these forms.
// SPDX-License-Identifier: BSD-3-Clause
#include "parse/program_builder.hpp"

namespace einc::parse {

using ir::Function, ir::NamedTerm, ir::NodeId;

// largest = max x (or the sink);  reference = largest, or 0 where that is -inf;  weights = exp(x - reference);  sum = what they add up to
ProgramBuilder::Exponentials ProgramBuilder::exponentials(NodeId x, const NamedTerm& over, std::optional<NodeId> sink, bool guarded) {
  Exponentials parts{};
  parts.largest = largest(x, over);
  if (sink) parts.largest = map(Function::maximum, {parts.largest, *sink});
  parts.reference = parts.largest;
  if (guarded) {
    const NodeId empty = map(Function::equal, {parts.largest, constant(-infinity)});
    parts.reference = map(Function::select, {empty, constant(0), parts.largest});
  }
  parts.weights = map(Function::exp, {map(Function::subtract, {x, parts.reference})});
  parts.sum = sum(parts.weights, over);
  if (sink) {
    const NodeId weight = map(Function::exp, {map(Function::subtract, {*sink, parts.reference})});
    parts.sum = map(Function::add, {parts.sum, weight});
  }
  return parts;
}

NodeId ProgramBuilder::softmax(NodeId x, std::string_view labels, EmptyRow empty, std::optional<NodeId> sink) {
  const NamedTerm over = read_labels(labels);
  check_distinct(over);
  for (const ir::LabelName& label : over) require_label(x, label);
  if (sink)
    for (const ir::LabelName& label : over)
      if (ir::holds(labels_of(*sink), label)) fail("the sink varies along label `" + label + "`, which the softmax sums");
  const bool guarded = sink || empty != EmptyRow::nan;
  const Exponentials parts = exponentials(x, over, sink, guarded);
  if (!guarded) return map(Function::divide, {parts.weights, parts.sum});
  const NodeId nothing = map(Function::equal, {parts.sum, constant(0)});
  const NodeId divisor = map(Function::select, {nothing, constant(1), parts.sum});
  const NodeId shares = map(Function::divide, {parts.weights, divisor});
  if (sink || empty == EmptyRow::zero) return shares;
  const NodeId is_empty = map(Function::equal, {parts.largest, constant(-infinity)});
  const NodeId even = map(Function::divide, {constant(1), count(over)});
  return map(Function::select, {is_empty, even, shares});
}

NodeId ProgramBuilder::logsumexp(NodeId x, std::string_view labels, std::optional<NodeId> sink) {
  const NamedTerm over = read_labels(labels);
  check_distinct(over);
  for (const ir::LabelName& label : over) require_label(x, label);
  if (sink)
    for (const ir::LabelName& label : over)
      if (ir::holds(labels_of(*sink), label)) fail("the sink varies along label `" + label + "`, which is summed");
  const Exponentials parts = exponentials(x, over, sink, true);
  return map(Function::add, {parts.reference, map(Function::log, {parts.sum})});
}

NodeId ProgramBuilder::layer_norm(NodeId x, std::string_view labels, double epsilon) {
  const NamedTerm over = read_labels(labels);
  check_distinct(over);
  for (const ir::LabelName& label : over) require_label(x, label);
  const NodeId mean = map(Function::divide, {sum(x, over), count(over)});
  const NodeId centred = map(Function::subtract, {x, mean});
  const NodeId squares = map(Function::multiply, {centred, centred});
  const NodeId variance = map(Function::divide, {sum(squares, over), count(over)});
  const NodeId scale = map(Function::rsqrt, {map(Function::add, {variance, constant(epsilon)})});
  return map(Function::multiply, {centred, scale});
}

}  // namespace einc::parse
