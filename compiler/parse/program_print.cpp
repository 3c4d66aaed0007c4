// program_print.cpp: a program as text, in one canonical form: inputs, fixed extents, a statement a value, outputs.
// What is used once and short stands where it is used. Reading the text and printing it again gives the same text.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ir/function_text.hpp"
#include "ir/program_access.hpp"

namespace einc {
namespace {

using ir::LabelName, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind, ir::Phrase, ir::written;

constexpr std::size_t widest_inline = 48;  // bytes of a value that may stand inside another

std::string quoted(std::span<const LabelName> labels) { return fmt::format("\"{}\"", written(labels)); }
std::string quoted(const LabelName& label) { return fmt::format("\"{}\"", label); }

class ProgramPrinter {
 public:
  explicit ProgramPrinter(const ir::Program& program) : program_(program), uses_(program.nodes.size(), 0), phrases_(program.nodes.size()) {}

  std::string print() {
    for (const Node& node : program_.nodes)
      for (const NodeId argument : node.arguments) ++uses_[argument];
    std::vector<char> ends(program_.nodes.size(), 0);  // what an output takes may stand in its line, however long
    for (const ir::NamedOutput& output : program_.outputs) {
      ends[output.node] = uses_[output.node] == 0;
      ++uses_[output.node];
    }
    for (const Node& node : program_.nodes)
      if (!node.name.empty()) reserved_.insert(node.name);
    std::string text;
    for (const NodeId id : program_.inputs) {
      const Node& input = program_.nodes[id];
      phrases_[id] = {input.name, Phrase::whole};
      taken_.insert(input.name);
      text += fmt::format("input {} {}\n", input.name, quoted(input.labels));
    }
    for (const ir::FixedExtent& fixed : program_.fixed) text += fmt::format("fix({}, {})\n", quoted(fixed.label), fixed.extent);
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      const Node& node = program_.nodes[id];
      if (node.kind == NodeKind::input) continue;
      Phrase phrase = phrase_of(node);
      const bool leaf = node.kind == NodeKind::constant || node.kind == NodeKind::extent || node.kind == NodeKind::iota;
      const bool stays = leaf || (uses_[id] == 1 && node.name.empty() && (ends[id] || phrase.text.size() <= widest_inline));
      if (!stays) {
        const std::string name = name_for(node);
        text += fmt::format("{} = {}\n", name, phrase.text);
        phrase = {name, Phrase::whole};
      }
      phrases_[id] = std::move(phrase);
    }
    for (const ir::NamedOutput& output : program_.outputs) {
      const bool same = output.labels == labels(output.node);
      text += fmt::format("output {}{}{} = {}\n", output.name, same ? "" : " ", same ? "" : quoted(output.labels), phrases_[output.node].text);
    }
    return text;
  }

 private:
  const NamedTerm& labels(NodeId id) const { return program_.nodes[id].labels; }
  const std::string& text(const Node& node, std::size_t argument) const { return phrases_[node.arguments[argument]].text; }

  // A name nothing else has: that of the source, or the next of v0, v1 ...
  std::string name_for(const Node& node) {
    if (!node.name.empty() && taken_.insert(node.name).second) return node.name;
    std::size_t& next = next_[node.name];
    for (;; ++next) {
      std::string name = node.name.empty() ? fmt::format("v{}", next) : fmt::format("{}_{}", node.name, next + 2);
      if (!reserved_.count(name) && taken_.insert(name).second) return name;
    }
  }

  Phrase phrase_of(const Node& node) const {
    switch (node.kind) {
      case NodeKind::input: break;
      case NodeKind::constant: return ir::phrase_of(node.number);
      case NodeKind::extent: return {fmt::format("extent({})", quoted(node.label)), Phrase::whole};
      case NodeKind::iota: return {fmt::format("iota({})", quoted(node.label)), Phrase::whole};
      case NodeKind::map: return map(node);
      case NodeKind::einsum: return {einsum(node), Phrase::whole};
      case NodeKind::reduce:
        return {fmt::format("reduce({}, {}, {})", node.extreme == ir::Extreme::maximum ? "max" : "min", text(node, 0), quoted(lost(node))), Phrase::whole};
      case NodeKind::view: return {view(node), Phrase::whole};
      case NodeKind::widen: return {fmt::format("broadcast({}, {})", text(node, 0), quoted(node.labels)), Phrase::whole};
      case NodeKind::slice: return {slice(node), Phrase::whole};
      case NodeKind::concat: {
        std::string parts;
        for (std::size_t i = 0; i < node.arguments.size(); ++i) parts += fmt::format("{}{{{}, {}}}", i == 0 ? "" : ", ", text(node, i), quoted(node.terms[i]));
        return {fmt::format("concat({{{}}}, {})", parts, quoted(node.label)), Phrase::whole};
      }
      case NodeKind::gather: return {fmt::format("gather({}, {}, {})", text(node, 0), quoted(node.label), text(node, 1)), Phrase::whole};
    }
    return {"?", Phrase::whole};
  }

  NamedTerm merged(const Node& node, std::initializer_list<std::size_t> order) const {
    NamedTerm result;
    std::set<std::string_view> have;
    for (const std::size_t i : order) {
      if (i >= node.arguments.size()) continue;
      for (const LabelName& label : labels(node.arguments[i]))
        if (have.insert(label).second) result.push_back(label);
    }
    return result;
  }

  Phrase map(const Node& node) const {
    std::vector<Phrase> arguments;
    for (const NodeId argument : node.arguments) arguments.push_back(phrases_[argument]);
    const auto order = ir::label_order(node.function);
    const bool swaps = node.function == ir::Function::less || node.function == ir::Function::less_equal;
    if (swaps && merged(node, {0, 1}) != node.labels) return ir::greater_phrase(node.function, arguments[0], arguments[1]);
    Phrase phrase = ir::phrase_of(node.function, arguments);
    if (merged(node, {order[0], order[1], order[2]}) == node.labels) return phrase;
    return {fmt::format("broadcast({}, {})", phrase.text, quoted(node.labels)), Phrase::whole};
  }

  // The labels of the argument that the result does not keep.
  NamedTerm lost(const Node& node) const {
    const std::set<std::string_view> kept(node.labels.begin(), node.labels.end());
    NamedTerm result;
    for (const LabelName& label : labels(node.arguments[0]))
      if (!kept.count(label)) result.push_back(label);
    return result;
  }

  std::string einsum(const Node& node) const {
    if (!node.grouped && node.arguments.size() == 1 && node.terms[0] == labels(node.arguments[0])) {  // a plain sum
      const std::set<std::string_view> keeps(node.labels.begin(), node.labels.end());
      NamedTerm kept;
      for (const LabelName& label : node.terms[0])
        if (keeps.count(label)) kept.push_back(label);
      const NamedTerm over = lost(node);
      if (kept == node.labels && !over.empty()) return fmt::format("sum({}, {})", text(node, 0), quoted(over));
    }
    std::string terms, tensors;
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      terms += (i == 0 ? "" : ",") + written(node.terms[i]);
      tensors += ", " + text(node, i);
    }
    if (node.grouped) terms = fmt::format("({})", terms);
    return fmt::format("einsum(\"{}->{}\"{})", terms, written(node.labels), tensors);
  }

  static std::string extents(const Node& node) {
    std::string list;
    for (const auto& [label, extent] : node.fixed) list += fmt::format("{}{{{}, {}}}", list.empty() ? "" : ", ", quoted(label), extent);
    return list.empty() ? "" : fmt::format(", {{{}}}", list);
  }

  std::string view(const Node& node) const {
    const std::string& x = text(node, 0);
    if (node.groups.empty() && node.fixed.empty()) return fmt::format("permute({}, {})", x, quoted(node.labels));
    const bool only_names = std::all_of(node.groups.begin(), node.groups.end(), [](const ir::NamedGroup& group) { return group.from.size() == 1 && group.to.size() == 1; });
    if (only_names && node.fixed.empty()) {
      NamedTerm from, to;
      for (const ir::NamedGroup& group : node.groups) from.push_back(group.from[0]), to.push_back(group.to[0]);
      return fmt::format("rename({}, {}, {})", x, quoted(from), quoted(to));
    }
    if (node.groups.size() == 1 && node.groups[0].from.size() > 1) return fmt::format("merge({}, {}, {})", x, quoted(node.groups[0].from), quoted(node.groups[0].to));
    if (node.groups.size() == 1) return fmt::format("split({}, {}, {}{})", x, quoted(node.groups[0].from), quoted(node.groups[0].to), extents(node));
    std::map<LabelName, const NamedTerm*> into;
    for (const ir::NamedGroup& group : node.groups) into[group.from[0]] = &group.to;
    std::string left;
    for (const LabelName& label : labels(node.arguments[0])) {
      const auto found = into.find(label);
      if (found == into.end()) left += label;
      else left += found->second->size() == 1 ? written(*found->second) : fmt::format("({})", written(*found->second));
    }
    return fmt::format("rearrange(\"{}->{}\", {}{})", left, written(node.labels), x, extents(node));
  }

  std::string slice(const Node& node) const {
    const NamedTerm& old = labels(node.arguments[0]);
    const auto at = static_cast<std::size_t>(std::find(old.begin(), old.end(), node.label) - old.begin());
    const bool to_end = node.end == std::numeric_limits<Extent>::max();
    std::string cut = fmt::format("{}", node.begin);
    if (!to_end || node.step != 1) cut += to_end ? fmt::format(", infinity") : fmt::format(", {}", node.end);
    if (node.step != 1) cut += fmt::format(", {}", node.step);
    return fmt::format("slice({}, {}, {{{}}}, {})", text(node, 0), quoted(node.label), cut, quoted(node.labels[at]));
  }

  const ir::Program& program_;
  std::vector<int> uses_;
  std::vector<Phrase> phrases_;                 // of each value, how others name it
  std::set<std::string> reserved_, taken_;      // names of the source, and names given
  std::map<std::string, std::size_t> next_;     // of each name: the number to try next
};

}  // namespace

std::string Program::text() const { return ProgramPrinter(*program_).print(); }
bool Program::operator==(const Program& other) const { return program_ == other.program_ || text() == other.text(); }

}  // namespace einc
