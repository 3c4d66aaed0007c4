// program_builder.cpp: inputs, numbers, pointwise functions, reductions and outputs; and how labels are read for all operations.
// SPDX-License-Identifier: BSD-3-Clause
#include "parse/program_builder.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "parse/parse.hpp"

namespace einc::parse {

using ir::LabelName, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind, ir::written;

Node ProgramBuilder::begin(NodeKind kind) const {
  Node node;
  node.kind = kind;
  node.operation = operation_;
  node.origin = origin_;
  return node;
}

NodeId ProgramBuilder::add(Node node) {
  program_.nodes.push_back(std::move(node));
  return static_cast<NodeId>(program_.nodes.size() - 1);
}

// Labels are read by the grammar of einsum. A text that stands inside a program text is marked there.
Subscripts ProgramBuilder::subscripts(std::string_view text, bool whole) const {
  const Subscripts read = parse_subscripts(text);
  const bool only_unordered = read.fault.code == ErrorCode::implicit_output_with_names;
  if (read.fault.code != ErrorCode::none && (whole || !only_unordered)) {
    try {
      parse::parse(text);
    } catch (const Error& error) {
      fail_in_text(error, text);
    }
  }
  return read;
}

void ProgramBuilder::fail_in_text(const Error& error, std::string_view text) const {
  const std::string& all = program_.text;
  const std::less_equal<const char*> before;
  std::vector<Mark> marks = error.marks();
  const bool inside = before(all.data(), text.data()) && before(text.data() + text.size(), all.data() + all.size());
  const auto shift = inside ? static_cast<std::uint32_t>(text.data() - all.data()) : 0u;
  for (Mark& mark : marks) mark.span = {mark.span.begin + shift, mark.span.end + shift};
  throw Error(error.code(), fmt::format("`{}`{}: {}", operation_, ir::place_of(origin_), error.sentence()), inside ? all : std::string(text),
              std::move(marks), error.hint());
}

// `[b]` and `b` are one label; names of several letters keep their brackets.
LabelName ProgramBuilder::name_of(std::string_view text, const Subscripts& subscripts, const Subscript& subscript) {
  const Span span = subscripts.names[subscript.name];
  const std::string_view name = text.substr(span.begin, span.end - span.begin);
  const bool one = detail::utf8_length(name, 0) == name.size() && name != "_";
  return one ? LabelName(name) : fmt::format("[{}]", name);
}

NamedTerm ProgramBuilder::read_labels(std::string_view text) const {
  const Subscripts read = subscripts(text, false);
  if (read.has_arrow || read.operands.size() != 1 || !read.groups.empty()) fail(fmt::format("`{}` is to be labels, such as `bqk`", text));
  NamedTerm labels;
  for (const Subscript& subscript : read.operands[0].subscripts) {
    if (subscript.ellipsis) fail(fmt::format("`{}` has an ellipsis, which only `einsum` and `rearrange` read", text));
    labels.push_back(name_of(text, read, subscript));
  }
  return labels;
}

LabelName ProgramBuilder::read_label(std::string_view text) const {
  const NamedTerm labels = read_labels(text);
  if (labels.size() != 1) fail(fmt::format("`{}` is to be one label", text));
  return labels[0];
}

void ProgramBuilder::check_distinct(const NamedTerm& labels) const {
  std::set<std::string_view> seen;
  for (const LabelName& label : labels)
    if (!seen.insert(label).second)
      fail(fmt::format("label `{}` is twice in `{}`", label, written(labels)), "a tensor has a label once; `einsum` reads diagonals, as in `ii->i`");
}

void ProgramBuilder::require_label(NodeId x, const LabelName& label) const {
  if (!ir::holds(labels_of(x), label)) fail(fmt::format("no label `{}` in a tensor with labels `{}`", label, written(labels_of(x))));
}

void ProgramBuilder::require_new(const NamedTerm& others, const LabelName& label) const {
  if (ir::holds(others, label)) fail(fmt::format("label `{}` is in the tensor already, whose other labels are `{}`", label, written(others)));
}

void ProgramBuilder::check_name(std::string_view name) const {
  bool good = !name.empty() && !detail::is_digit(name[0]);
  for (std::size_t at = 0; good && at < name.size();) {
    const std::uint32_t length = detail::utf8_length(name, at);
    good = length > 1 || (length == 1 && (detail::is_letter(name[at]) || detail::is_digit(name[at]) || name[at] == '_'));
    at += length;
  }
  for (const std::string_view word : {"input", "output", "fix", "infinity", "nan"}) good = good && name != word;
  if (!good) fail(fmt::format("`{}` cannot be a name", name), "names are letters, digits and `_`, not a digit first, and no word of program texts");
}

NodeId ProgramBuilder::input(std::string_view name, std::string_view labels) {
  check_name(name);
  Node node = begin(NodeKind::input);
  node.labels = read_labels(labels);
  check_distinct(node.labels);
  if (!program_.input_names.emplace(name).second) fail(fmt::format("there is an input `{}` already", name));
  node.name = name;
  const NodeId id = add(std::move(node));
  program_.inputs.push_back(id);
  return id;
}

NodeId ProgramBuilder::constant(double number) {
  Node node = begin(NodeKind::constant);
  node.number = number;
  return add(std::move(node));
}

NodeId ProgramBuilder::extent(std::string_view label) {
  Node node = begin(NodeKind::extent);
  node.label = read_label(label);
  return add(std::move(node));
}

NodeId ProgramBuilder::iota(std::string_view label) {
  Node node = begin(NodeKind::iota);
  node.label = read_label(label);
  node.labels = {node.label};
  return add(std::move(node));
}

void ProgramBuilder::output(std::string_view name, NodeId x, const std::string_view* labels) {
  check_name(name);
  ir::NamedOutput output{std::string(name), x, labels_of(x), origin_};
  if (labels) {
    output.labels = read_labels(*labels);
    check_distinct(output.labels);
    if (!std::is_permutation(output.labels.begin(), output.labels.end(), labels_of(x).begin(), labels_of(x).end()))
      fail(fmt::format("`{}` are not the labels `{}` of the tensor", written(output.labels), written(labels_of(x))),
           "sum labels away with `sum`, add some with `broadcast`");
  }
  if (!program_.output_names.emplace(name).second) fail(fmt::format("there is an output `{}` already", name));
  program_.outputs.push_back(std::move(output));
}

void ProgramBuilder::fix(std::string_view label, Extent extent) {
  if (extent < 0) fail(fmt::format("label `{}` cannot have {} positions", label, extent), {}, ErrorCode::bad_shape);
  program_.fixed.push_back({read_label(label), extent, origin_});
}

NodeId ProgramBuilder::map(ir::Function function, std::span<const NodeId> arguments) {
  // A number with a sign is a number: so `-2` is the same program wherever it is written.
  if (function == ir::Function::negative && program_.nodes[arguments[0]].kind == NodeKind::constant) return constant(-program_.nodes[arguments[0]].number);
  Node node = begin(NodeKind::map);
  node.function = function;
  node.arguments.assign(arguments.begin(), arguments.end());
  std::set<std::string_view> have;
  for (const std::size_t i : ir::label_order(function)) {
    if (i >= arguments.size()) continue;
    for (const LabelName& label : labels_of(arguments[i]))
      if (have.insert(label).second) node.labels.push_back(label);
  }
  return add(std::move(node));
}

NodeId ProgramBuilder::greater(ir::Function function, NodeId x, NodeId y) {
  const NodeId id = map(function, {y, x});
  NamedTerm labels = labels_of(x);
  for (const LabelName& label : labels_of(y))
    if (!ir::holds(labels_of(x), label)) labels.push_back(label);
  program_.nodes[id].labels = std::move(labels);
  return id;
}

NodeId ProgramBuilder::sum(NodeId x, const NamedTerm& over) {
  Node node = begin(NodeKind::einsum);
  node.arguments = {x};
  node.terms = {labels_of(x)};
  for (const LabelName& label : labels_of(x))
    if (!ir::holds(over, label)) node.labels.push_back(label);
  return add(std::move(node));
}

NodeId ProgramBuilder::largest(NodeId x, const NamedTerm& over) {
  Node node = begin(NodeKind::reduce);
  node.arguments = {x};
  for (const LabelName& label : labels_of(x))
    if (!ir::holds(over, label)) node.labels.push_back(label);
  if (node.labels.size() == labels_of(x).size()) return x;  // over nothing: reading `reduce(max, x, "")` gives x too
  return add(std::move(node));
}

NodeId ProgramBuilder::count(const NamedTerm& labels) {
  std::optional<NodeId> product;
  for (const LabelName& label : labels) {
    const NodeId extent_of = extent(label);
    product = product ? map(ir::Function::multiply, {*product, extent_of}) : extent_of;
  }
  return product ? *product : constant(1);
}

NodeId ProgramBuilder::reduce(Reduction kind, NodeId x, std::string_view labels) {
  const NamedTerm over = read_labels(labels);
  check_distinct(over);
  for (const LabelName& label : over) require_label(x, label);
  if (over.empty()) return x;
  switch (kind) {
    case Reduction::sum: return sum(x, over);
    case Reduction::mean: return map(ir::Function::divide, {sum(x, over), count(over)});
    case Reduction::max: return largest(x, over);
    case Reduction::min: break;
  }
  const NodeId id = largest(x, over);
  program_.nodes[id].extreme = ir::Extreme::minimum;
  return id;
}

NodeId ProgramBuilder::cast(NodeId x, DType dtype) {
  if (dtype == DType::f64) return x;  // programs compute in f32 or f64: nothing is rounded
  if (dtype != DType::f32 && dtype != DType::bf16)
    fail(fmt::format("values are rounded to `f32`, `bf16` or `f64`, not to `{}`", einc::name_of(dtype)), {}, ErrorCode::unsupported_dtype);
  return map(dtype == DType::f32 ? ir::Function::round_f32 : ir::Function::round_bf16, {x});
}

}  // namespace einc::parse
