// program_einsum.cpp: einsum on tensors of a program: the text names their labels by position, an ellipsis keeps their own names.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "parse/program_builder.hpp"

namespace einc::parse {

using ir::LabelName, ir::NamedTerm, ir::NodeId, ir::written;

namespace {

std::string counted(std::size_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

}  // namespace

NodeId ProgramBuilder::einsum(std::string_view text, std::span<const NodeId> arguments) {
  const Subscripts read = subscripts(text, true);
  const auto piece = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
  const auto refuse = [&](ErrorCode code, std::string sentence, Span span, std::string hint = {}) {
    fail_in_text(Error(code, std::move(sentence), std::string(text), {{span, {}}}, std::move(hint)), text);
  };
  if (read.operands.size() != arguments.size())
    refuse(ErrorCode::operand_count, fmt::format("the text has {}, the call has {}", counted(read.operands.size(), "term"), counted(arguments.size(), "tensor")),
           {0, static_cast<std::uint32_t>(text.size())}, "give one tensor for each term before `->`");

  ir::Node node = begin(ir::NodeKind::einsum);
  node.arguments.assign(arguments.begin(), arguments.end());
  std::set<LabelName> named;                      // labels the text spells out
  std::map<std::uint32_t, NamedTerm> covered;     // by each ellipsis, over all terms
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const SubscriptTerm& term = read.operands[i];
    const NamedTerm& own = labels_of(arguments[i]);
    const auto dots = static_cast<std::size_t>(std::count_if(term.subscripts.begin(), term.subscripts.end(), [](const Subscript& s) { return s.ellipsis; }));
    const std::size_t spelled = term.subscripts.size() - dots;
    if (dots > 1) refuse(ErrorCode::bad_ellipsis, "a term with two ellipses does not say which labels each covers", term.span);
    if (dots == 0 ? own.size() != spelled : own.size() < spelled)
      refuse(ErrorCode::rank_mismatch,
             fmt::format("term `{}` has {}{}, its tensor has {}: `{}`", piece(term.span), dots ? "at least " : "", counted(spelled, "label"),
                         counted(own.size(), "label"), written(own)),
             term.span, own.size() > spelled ? fmt::format("write `...` for the other {}, as in `...{}`", counted(own.size() - spelled, "label"), piece(term.span)) : "");
    NamedTerm labels;
    for (const Subscript& subscript : term.subscripts) {
      if (!subscript.ellipsis) {
        labels.push_back(name_of(text, read, subscript));
        named.insert(labels.back());
        continue;
      }
      NamedTerm& under = covered[subscript.name];
      const std::size_t count = own.size() - spelled, first = labels.size();
      for (std::size_t at = 0; at < count; ++at) {
        labels.push_back(own[first + at]);
        if (!ir::holds(under, own[first + at])) under.push_back(own[first + at]);
      }
    }
    node.terms.push_back(std::move(labels));
  }
  for (const auto& [name, under] : covered)
    for (const LabelName& label : under)
      if (named.count(label))
        fail_in_text(Error(ErrorCode::bad_program, fmt::format("the ellipsis covers a label `{}`, and the text names another `{}`", label, label), std::string(text),
                           {{read.names[name].begin < read.names[name].end ? read.names[name] : Span{0, static_cast<std::uint32_t>(text.size())}, {}}},
                           "choose another letter in the text"),
                     text);

  for (const Subscript& subscript : read.output.subscripts) {
    if (!subscript.ellipsis) {
      const LabelName label = name_of(text, read, subscript);
      if (ir::holds(node.labels, label))
        refuse(ErrorCode::repeated_output_label, fmt::format("label `{}` is twice in the result", label), subscript.span, "a tensor of a program has a label once");
      node.labels.push_back(label);
      continue;
    }
    for (const LabelName& label : covered[subscript.name]) node.labels.push_back(label);
  }
  for (const auto& [name, under] : covered) {
    const bool kept = std::any_of(read.output.subscripts.begin(), read.output.subscripts.end(), [name = name](const Subscript& s) { return s.name == name; });
    if (!kept && !under.empty())
      refuse(ErrorCode::ellipsis_dropped, fmt::format("the ellipsis covers `{}`, which the result leaves out", written(under)),
             read.output.span.begin < read.output.span.end ? read.output.span : Span{0, static_cast<std::uint32_t>(text.size())},
             "write `...` in the result, or name the labels that are summed");
  }
  check_distinct(node.labels);
  return grouped_einsum(std::move(node), read.groups);
}

// Each group is an einsum of its own, which keeps the labels that somebody outside of it has, and the outermost one, if it holds
// all operands, is the node itself. A group's operands are neighbours: a label lives outside when its first or last operand does.
NodeId ProgramBuilder::grouped_einsum(ir::Node node, std::span<const SubscriptGroup> groups) {
  struct Item {
    NodeId tensor;
    NamedTerm term;
    std::uint32_t begin;  // its first operand
  };
  const auto count = static_cast<std::uint32_t>(node.arguments.size());
  std::map<LabelName, std::pair<std::uint32_t, std::uint32_t>> range;
  for (std::uint32_t i = 0; i < count; ++i)
    for (const LabelName& label : node.terms[i]) range.try_emplace(label, i, i).first->second.second = i;
  for (const LabelName& label : node.labels) range.insert_or_assign(label, std::pair{0u, count});
  std::vector<Item> items;
  std::uint32_t next = 0;
  const auto take_operands = [&](std::uint32_t until) {
    for (; next < until; ++next) items.push_back({node.arguments[next], node.terms[next], next});
  };
  for (const SubscriptGroup& group : groups) {
    take_operands(group.last);
    std::size_t members = items.size();
    while (members > 0 && items[members - 1].begin >= group.first) --members;
    if (group.last - group.first == count) {
      node.grouped = true;
      continue;
    }
    ir::Node inner = begin(ir::NodeKind::einsum);
    inner.grouped = true;
    std::set<LabelName> seen;
    bool sums = false;
    for (std::size_t i = members; i < items.size(); ++i) {
      inner.arguments.push_back(items[i].tensor), inner.terms.push_back(items[i].term);
      for (const LabelName& label : items[i].term) {
        if (!seen.insert(label).second) continue;
        const auto [first, last] = range.at(label);
        const bool outside = first < group.first || last >= group.last;
        if (outside) inner.labels.push_back(label);
        sums = sums || !outside;
      }
    }
    if (inner.arguments.size() == 1 && !sums) continue;  // the same value
    items.resize(members);
    NamedTerm labels = inner.labels;
    items.push_back({add(std::move(inner)), std::move(labels), group.first});
  }
  take_operands(count);
  node.arguments.clear(), node.terms.clear();
  for (Item& item : items) node.arguments.push_back(item.tensor), node.terms.push_back(std::move(item.term));
  return add(std::move(node));
}

}  // namespace einc::parse
