// bind_program.cpp: once every extent is known, the nodes an output needs become values.
// SPDX-License-Identifier: BSD-3-Clause
#include "bind/bind_program.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/element_types.hpp>
#include <einc/tensor_view.hpp>

#include "bind/bind.hpp"
#include "bind/program_extents.hpp"
#include "bind/strides.hpp"

namespace einc::bind {
namespace {

using ir::LabelName, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind, ir::Term, ir::Value, ir::ValueId;

class ProgramBinder {
 public:
  ProgramBinder(const ir::Program& program, std::span<const Layout> operands, const Options& options, std::span<const Strides> result_strides)
      : program_(program), operands_(operands), options_(options), result_strides_(result_strides) {}

  Bound bind() {
    if (options_.semiring != Semiring{})
      throw Error(ErrorCode::bad_option, "semirings are for einsums alone, not for programs", {}, {}, "call `einsum` or `compile` with the subscripts");
    if (options_.broadcast != Broadcast::strict)
      throw Error(ErrorCode::bad_option, "tensors of a program meet by label, so an extent of 1 never stretches", {}, {}, "leave the option `broadcast` as it is");
    if (program_.outputs.empty()) throw Error(ErrorCode::bad_program, "the program has no output");
    labels_ = find_extents(program_, operands_);
    choose_types();
    mark_needed();
    require_extents();
    bound_.expression.extents = labels_.extents;
    bound_.names = labels_.names;
    check_operands();
    value_.assign(program_.nodes.size(), ir::no_id);
    same_as_.resize(program_.nodes.size());
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      same_as_[id] = id;
      if (needed_[id]) bind_node(id);
    }
    for (std::size_t i = 0; i < program_.outputs.size(); ++i) bind_output(i);
    bound_.expression.made_of.resize(bound_.expression.extents.size());
    return std::move(bound_);
  }

 private:
  // Inputs are floats, each of a type of its own; what they meet in is computed with, halves in f32.
  void choose_types() {
    const auto is_real_float = [](DType dtype) { return dtype == DType::f32 || dtype == DType::f64 || is_half(dtype); };
    std::vector<DType> types;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      types.push_back(operands_[i].dtype);
      if (is_real_float(types.back())) continue;
      throw Error(ErrorCode::unsupported_dtype,
                  fmt::format("input {}, `{}`, is {}: programs take f32, f64, bf16 and f16", i, program_.nodes[program_.inputs[i]].name, name_of(types.back())), {}, {},
                  is_complex(types.back()) ? "give real and imaginary parts as two inputs" : "convert the array: masks, lengths and indices are numbers of a float type, in f32 exact up to 2^24");
    }
    if (types.empty() && !is_real_float(options_.dtype))
      throw Error(ErrorCode::unsupported_dtype, fmt::format("programs compute in f32 or f64, not in {}", name_of(options_.dtype)), {}, {}, "`cast` rounds values to a narrower type");
    bound_.dtype = result_dtype(types, options_);
    if (!is_real_float(bound_.dtype))
      throw Error(ErrorCode::unsupported_dtype, fmt::format("programs compute in f32 or f64, and sums were asked for in {}", name_of(bound_.dtype)), {}, {}, "ask for f32 or f64");
    computed_ = computed_in(bound_.dtype);
  }

  [[noreturn]] void fail(ErrorCode code, const Node& node, const std::string& sentence, std::string hint = {}) const {
    throw ir::fault(program_, code, node.operation, node.origin, sentence, std::move(hint));
  }

  void mark_needed() {
    needed_.assign(program_.nodes.size(), 0);
    for (const ir::NamedOutput& output : program_.outputs) needed_[output.node] = 1;
    for (std::size_t id = program_.nodes.size(); id-- > 0;)
      if (needed_[id])
        for (const NodeId argument : program_.nodes[id].arguments) needed_[argument] = 1;
    for (const NodeId input : program_.inputs) {
      bound_.input_names.push_back(program_.nodes[input].name);
      if (!needed_[input]) bound_.unused.push_back(program_.nodes[input].name);
    }
  }

  void require_extents() {
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      const Node& node = program_.nodes[id];
      const auto require = [&](const LabelName& name) {
        if (labels_.extents[labels_.of(name)] == unknown_extent)
          fail(ErrorCode::bad_program, node, fmt::format("nothing tells the extent of label `{}`", name),
               fmt::format("`fix` gives it, as in fix(\"{}\", 4), or `split`, as the last argument", name));
      };
      if (!needed_[id]) continue;
      for (const LabelName& name : node.labels) require(name);
      for (const NamedTerm& term : node.terms)
        for (const LabelName& name : term) require(name);
      if (!node.label.empty()) require(node.label);
    }
    for (Extent& extent : labels_.extents)
      if (extent == unknown_extent) extent = 1;  // of labels no output needs
  }

  // Every array must be countable in 64-bit bytes.
  bool countable(std::span<const Extent> extents) const {
    const auto limit = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(bytes_of(computed_));
    if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return true;
    Extent count = 1;
    return std::all_of(extents.begin(), extents.end(), [&](Extent extent) { return !__builtin_mul_overflow(count, extent, &count) && count <= limit; });
  }
  Shape shape_of(const Term& term) const {
    Shape shape;
    for (const Label label : term) shape.push_back(bound_.expression.extents[label]);
    return shape;
  }
  void check_operands() const {
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const Node& input = program_.nodes[program_.inputs[i]];
      if (reaches_too_far(operands_[i].extents, operands_[i].strides))
        fail(ErrorCode::too_large, input, fmt::format("`{}`, strides [{}], reaches further than 64 bits of bytes can count", input.name, fmt::join(operands_[i].strides, ", ")));
      if (!countable(operands_[i].extents))
        fail(ErrorCode::too_large, input, fmt::format("`{}`, shape [{}], has more bytes than 64 bits can count", input.name, fmt::join(operands_[i].extents, ", ")));
    }
  }

  ValueId add(const Node& node, Value value) {
    if (value.op != ir::Op::operand) value.dtype = computed_;
    const Shape shape = shape_of(value.labels);
    if (!countable(shape))
      fail(ErrorCode::too_large, node, fmt::format("a result with labels `{}`, shape [{}], has more bytes than 64 bits can count", ir::written(node.labels), fmt::join(shape, ", ")));
    bound_.expression.values.push_back(std::move(value));
    return static_cast<ValueId>(bound_.expression.values.size() - 1);
  }

  // An array of the caller under these labels, in the order of its places; one value for each way it is read.
  ValueId operand(std::size_t number, const Term& labels) {
    const auto [found, fresh] = operand_values_.try_emplace({number, labels}, ir::no_id);
    if (!fresh) return found->second;
    Value value;
    value.op = ir::Op::operand;
    value.operand = static_cast<std::uint32_t>(number);
    value.dtype = operands_[number].dtype;
    value.labels = labels;
    value.strides = meaningful_strides(operands_[number].extents, operands_[number].strides);
    return found->second = add(program_.nodes[program_.inputs[number]], std::move(value));
  }

  ValueId value_of(NodeId id) {
    const NodeId real = same_as_[id];
    if (program_.nodes[real].kind != NodeKind::input) return value_[real];
    const auto number = static_cast<std::size_t>(std::lower_bound(program_.inputs.begin(), program_.inputs.end(), real) - program_.inputs.begin());
    return operand(number, labels_.of(program_.nodes[real].labels));
  }

  // The value of an argument with its labels renamed, each to the one at its place in the term. An operand is read under the
  // new names at once; of other values it is a view.
  ValueId renamed(const Node& user, NodeId argument, const NamedTerm& term) {
    const NamedTerm& own = program_.nodes[argument].labels;
    if (term == own) return value_of(argument);
    std::map<Label, Label> name;
    for (std::size_t i = 0; i < own.size(); ++i) name[labels_.of(own[i])] = labels_.of(term[i]);
    const NodeId real = same_as_[argument];
    const auto under_new_names = [&](std::size_t number, Term labels) {
      for (Label& label : labels) label = name.at(label);
      return operand(number, labels);
    };
    if (program_.nodes[real].kind == NodeKind::input) {
      const auto number = static_cast<std::size_t>(std::lower_bound(program_.inputs.begin(), program_.inputs.end(), real) - program_.inputs.begin());
      return under_new_names(number, labels_.of(program_.nodes[real].labels));
    }
    const ValueId from = value_[real];
    const Value& source = bound_.expression.values[from];
    const auto twice = [](const Term& labels, Label label) { return std::count(labels.begin(), labels.end(), label) > 1; };
    const Term fresh = labels_.of(term);
    const bool one_by_one = std::none_of(source.labels.begin(), source.labels.end(), [&](Label label) { return twice(source.labels, label); });
    if (source.op == ir::Op::operand && one_by_one) return under_new_names(source.operand, source.labels);
    Value view;
    view.op = ir::Op::view;
    view.arguments = {from};
    for (std::size_t i = 0; i < own.size(); ++i) {
      const Label old = labels_.of(own[i]);
      if (old != fresh[i] || twice(fresh, old)) view.groups.push_back({{old}, {fresh[i]}});
      if (std::find(view.labels.begin(), view.labels.end(), fresh[i]) == view.labels.end()) view.labels.push_back(fresh[i]);
    }
    return add(user, std::move(view));
  }

  bool same_labels(ValueId id, const NamedTerm& term) const {
    Term have = bound_.expression.values[id].labels, want = labels_.of(term);
    std::sort(have.begin(), have.end());
    std::sort(want.begin(), want.end());
    return have == want;
  }

  void bind_node(NodeId id) {
    const Node& node = program_.nodes[id];
    Value value;
    value.labels = labels_.of(node.labels);
    switch (node.kind) {
      case NodeKind::input: return;
      case NodeKind::constant: value_[id] = constant(node, node.number); return;
      case NodeKind::extent: value_[id] = constant(node, static_cast<double>(labels_.extents[labels_.of(node.label)])); return;
      case NodeKind::iota: {
        const auto [found, fresh] = iotas_.try_emplace(value.labels[0], ir::no_id);
        value.op = ir::Op::iota;
        if (fresh) found->second = add(node, std::move(value));
        value_[id] = found->second;
        return;
      }
      case NodeKind::einsum:
        value.op = ir::Op::contract;
        value.grouped = node.grouped;
        for (std::size_t i = 0; i < node.arguments.size(); ++i) value.arguments.push_back(renamed(node, node.arguments[i], node.terms[i]));
        if (value.arguments.size() == 1 && same_labels(value.arguments[0], node.labels)) {
          value_[id] = value.arguments[0];
          return;
        }
        break;
      case NodeKind::map:
      case NodeKind::widen:
        value.op = ir::Op::map;
        for (const NodeId argument : node.arguments) {
          value.code.push_back({ir::Function::argument, {static_cast<std::uint32_t>(value.arguments.size())}, 0});
          value.arguments.push_back(value_of(argument));
        }
        if (node.kind == NodeKind::map) value.code.push_back({node.function, {0, value.arguments.size() > 1 ? 1u : 0u, value.arguments.size() > 2 ? 2u : 0u}, 0});
        break;
      case NodeKind::reduce:
        value.op = ir::Op::reduce;
        value.extreme = node.extreme;
        value.arguments = {value_of(node.arguments[0])};
        break;
      case NodeKind::view: {
        if (node.groups.empty()) {
          same_as_[id] = same_as_[node.arguments[0]];
          return;
        }
        const bool only_names = std::all_of(node.groups.begin(), node.groups.end(), [](const ir::NamedGroup& group) { return group.from.size() == 1 && group.to.size() == 1; });
        if (only_names) {
          value_[id] = renamed(node, node.arguments[0], node.labels);
          return;
        }
        value.op = ir::Op::view;
        value.arguments = {value_of(node.arguments[0])};
        for (const ir::NamedGroup& group : node.groups) value.groups.push_back({labels_.of(group.from), labels_.of(group.to)});
        break;
      }
      case NodeKind::slice: {
        const Label from = labels_.of(node.label);
        const NamedTerm& old = program_.nodes[node.arguments[0]].labels;
        const auto at = static_cast<std::size_t>(std::find(old.begin(), old.end(), node.label) - old.begin());
        if (labels_.extents[value.labels[at]] == 0) {  // nothing is read, so that no pass meets a view of nothing
          value.op = ir::Op::map;
          value.arguments = {constant(node, 0)};
          value.code = {{ir::Function::argument, {0}, 0}};
          break;
        }
        value.op = ir::Op::view;
        value.arguments = {value_of(node.arguments[0])};
        value.groups = {{{from}, {value.labels[at]}, positions_of(node, labels_.extents[from]).begin, node.step}};
        break;
      }
      case NodeKind::concat:
        value.op = ir::Op::concat;
        for (const NodeId argument : node.arguments) value.arguments.push_back(value_of(argument));
        for (const NamedTerm& part : node.terms) value.parts.push_back(labels_.of(part[0]));
        value.joined = labels_.of(node.label);
        break;
      case NodeKind::gather: bind_gather(node, value); break;
    }
    value_[id] = add(node, std::move(value));
  }

  // The label counted along and a label of the index may have one name, as when a tensor is sorted: then the table's gets another.
  void bind_gather(const Node& node, Value& value) {
    const NodeId table = node.arguments[0], index = node.arguments[1];
    value.op = ir::Op::gather;
    value.parts = {labels_.of(node.label)};
    ValueId source = value_of(table);
    if (ir::holds(program_.nodes[index].labels, node.label)) {
      std::string name = fmt::format("[{}_of_table]", node.label.front() == '[' ? node.label.substr(1, node.label.size() - 2) : node.label);
      while (labels_.number.count(name)) name.insert(name.size() - 1, "_");
      labels_.number[name] = static_cast<Label>(labels_.names.size());
      const Extent extent = labels_.extents[labels_.of(node.label)];
      labels_.names.push_back(name), bound_.names.push_back(name);
      labels_.extents.push_back(extent), bound_.expression.extents.push_back(extent);
      NamedTerm term = program_.nodes[table].labels;
      std::replace(term.begin(), term.end(), node.label, name);
      source = renamed(node, table, term);
      value.parts = {labels_.of(name)};
    }
    value.arguments = {source, value_of(index)};
  }

  ValueId constant(const Node& node, double number) {
    const auto [found, fresh] = constants_.try_emplace(std::bit_cast<std::uint64_t>(number), ir::no_id);
    if (!fresh) return found->second;
    Value value;
    value.op = ir::Op::constant;
    value.number = number;
    return found->second = add(node, std::move(value));
  }

  void bind_output(std::size_t i) {
    const ir::NamedOutput& named = program_.outputs[i];
    ir::Output output;
    output.value = value_of(named.node);
    output.labels = labels_.of(named.labels);
    ValueId source = output.value;  // a view of an operand will be one
    while (bound_.expression.values[source].op == ir::Op::view) source = bound_.expression.values[source].arguments[0];
    const ir::Value& from = bound_.expression.values[source];
    if (from.op == ir::Op::operand && (source == output.value || from.dtype != computed_)) {  // an array handed through is a copy
      Value copy;
      copy.op = ir::Op::contract;
      copy.arguments = {output.value};
      copy.labels = output.labels;
      output.value = add(program_.nodes[named.node], std::move(copy));
    }
    bound_.shapes.push_back(shape_of(output.labels));
    bound_.output_names.push_back(named.name);
    if (bound_.dtype != computed_) output.dtype = bound_.dtype;
    output.strides = meaningful_strides(bound_.shapes.back(), result_strides_.empty() ? row_major(bound_.shapes.back()) : result_strides_[i]);
    bound_.expression.outputs.push_back(std::move(output));
  }

  const ir::Program& program_;
  std::span<const Layout> operands_;
  const Options& options_;
  std::span<const Strides> result_strides_;
  DType computed_ = DType::f32;   // what is computed with
  ProgramExtents labels_;
  std::vector<char> needed_;
  std::vector<NodeId> same_as_;   // of each node: the one it is in another order of labels
  std::vector<ValueId> value_;    // of each node but inputs, which become values when they are read
  std::map<std::pair<std::size_t, Term>, ValueId> operand_values_;
  std::map<std::uint64_t, ValueId> constants_;
  std::map<Label, ValueId> iotas_;
  Bound bound_;
};

}  // namespace

Bound bind_program(const ir::Program& program, std::span<const Layout> operands, const Options& options, std::span<const Strides> result_strides) {
  return ProgramBinder(program, operands, options, result_strides).bind();
}

}  // namespace einc::bind
