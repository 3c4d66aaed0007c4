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
  return add(std::move(node));
}

}  // namespace einc::parse
