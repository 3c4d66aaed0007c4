// print_expression.cpp: an expression as a program text, one value a line, with what only machines ask for as comments.
// Reads broken expressions too: the message of an InternalError shows them.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/expression.hpp"
#include "ir/function_text.hpp"
#include "ir/label_names.hpp"

namespace einc::ir {
namespace {

// A text and the labels it gives its value, in order.
struct Written {
  std::string text;
  Term labels;
};

class Printer {
 public:
  explicit Printer(const Expression& expression) : expression_(expression), next_label_(static_cast<Label>(expression.extents.size())) {
    for (const Value& value : expression_.values)
      for (const Label label : value.labels) next_label_ = std::max(next_label_, label + 1);
  }

  std::string print() {
    std::string body;
    for (ValueId id = 0; id < expression_.values.size(); ++id) body += statement(id);
    for (std::size_t i = 0; i < expression_.outputs.size(); ++i) body += output(i);
    return extents() + body + streams();
  }

 private:
  std::string letters(const Term& term) { return names_(term); }
  const Term& labels_of(ValueId id) const {
    static const Term none;
    return id < expression_.values.size() ? expression_.values[id].labels : none;
  }
  Extent extent(Label label) const { return label < expression_.extents.size() ? expression_.extents[label] : -1; }
  static bool holds(const Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }
  static Term distinct(const Term& term) {
    Term result;
    for (const Label label : term)
      if (!holds(result, label)) result.push_back(label);
    return result;
  }

  std::string statement(ValueId id) {
    const Value& value = expression_.values[id];
    if (value.op == Op::operand) return operand(id, value);
    std::string before;
    Written written = of(id, value, before);
    return fmt::format("{}v{} = {}\n", before, id, in_order(std::move(written), value.labels));
  }

  // The same text with its labels in the order the value has them, and with those it lacks.
  std::string in_order(Written written, const Term& wanted) {
    if (written.labels == wanted) return written.text;
    return fmt::format("broadcast({}, \"{}\")", written.text, letters(wanted));
  }

  std::string operand(ValueId id, const Value& value) {
    std::string facts = fmt::format("  # operand {}, {}, strides [{}]", value.operand, name_of(value.dtype), fmt::join(value.strides, ", "));
    if (value.offset != 0) facts += fmt::format(", offset {}", value.offset);
    for (const Label label : value.labels) told_.insert(label);
    if (distinct(value.labels).size() == value.labels.size()) return fmt::format("input v{} \"{}\"{}\n", id, letters(value.labels), facts);
    Term whole;  // a label twice: the diagonal of an input whose labels are distinct
    for (const Label label : value.labels) whole.push_back(holds(whole, label) ? fresh(extent(label)) : label);
    return fmt::format("input v{}_whole \"{}\"{}\nv{} = einsum(\"{}->{}\", v{}_whole)\n", id, letters(whole), facts, id, letters(value.labels),
                       letters(distinct(value.labels)), id);
  }

  Label fresh(Extent extent_of) {
    fresh_extents_[next_label_] = extent_of;
    return next_label_++;
  }

  Written of(ValueId id, const Value& value, std::string& before) {
    switch (value.op) {
      case Op::operand: break;
      case Op::constant: return {phrase_of(value.number).text, {}};
      case Op::iota: return {fmt::format("iota(\"{}\")", letters(value.labels)), value.labels};
      case Op::view: return view(value);
      case Op::contract: return contract(value);
      case Op::map: return map(id, value, before);
      case Op::reduce: {
        Term over, kept;
        for (const ValueId argument : value.arguments)
          for (const Label label : labels_of(argument)) (holds(value.labels, label) ? kept : over).push_back(label);
        return {fmt::format("reduce({}, {}, \"{}\")", value.extreme == Extreme::maximum ? "max" : "min", listed(value), letters(over)), kept};
      }
      case Op::concat: {
        std::string parts;
        for (std::size_t i = 0; i < value.arguments.size(); ++i)
          parts += fmt::format("{}{{{}, \"{}\"}}", i == 0 ? "" : ", ", i < value.parts.size() ? with_label(value.arguments[i], value.parts[i]) : "?",
                               i < value.parts.size() ? names_(value.parts[i]) : "?");
        Term labels;
        if (!value.arguments.empty() && !value.parts.empty())
          for (const Label label : having(value.arguments[0], value.parts[0])) labels.push_back(label == value.parts[0] ? value.joined : label);
        return {fmt::format("concat({{{}}}, \"{}\")", parts, names_(value.joined)), labels};
      }
      case Op::gather: {
        if (value.arguments.size() != 2 || value.parts.empty()) return {"gather()", {}};
        Term rest, labels;
        for (const Label label : labels_of(value.arguments[0]))
          if (label != value.parts[0]) rest.push_back(label);
        for (const Label label : having(value.arguments[0], value.parts[0])) {
          if (label != value.parts[0]) labels.push_back(label);
          else
            for (const Label place : labels_of(value.arguments[1]))
              if (!holds(rest, place)) labels.push_back(place);
        }
        return {fmt::format("gather({}, \"{}\", v{})", with_label(value.arguments[0], value.parts[0]), names_(value.parts[0]), value.arguments[1]), labels};
      }
    }
    return {"?", {}};
  }

  // A value may have lost the label it is joined or gathered along, when that has one position.
  Term having(ValueId id, Label label) const {
    Term labels = distinct(labels_of(id));
    if (!holds(labels, label)) labels.push_back(label);
    return labels;
  }
  std::string with_label(ValueId id, Label label) {
    if (holds(labels_of(id), label)) return fmt::format("v{}", id);
    return fmt::format("broadcast(v{}, \"{}\")", id, letters(having(id, label)));
  }

  std::string listed(const Value& value) {
    std::string text;
    for (const ValueId argument : value.arguments) text += fmt::format("{}v{}", text.empty() ? "" : ", ", argument);
    return text;
  }

  Written contract(const Value& value) {
    std::string terms;
    for (std::size_t i = 0; i < value.arguments.size(); ++i)
      terms += (i == 0 ? "" : ",") + letters(distinct(labels_of(value.arguments[i])));
    std::string text = fmt::format("einsum(\"{}->{}\", {})", value.grouped ? fmt::format("({})", terms) : terms, letters(value.labels), listed(value));
    if (value.factor != 1) text = fmt::format("{} * {}", text, phrase_of(value.factor).text);
    return {text, value.labels};
  }

  // Results the code uses more than once get lines of their own, so that no text grows beyond its code.
  Written map(ValueId id, const Value& value, std::string& before) {
    std::vector<int> uses(value.code.size(), 0);
    for (const ScalarOp& op : value.code)
      for (int i = 0; i < input_count(op.function); ++i)
        if (op.in[static_cast<std::size_t>(i)] < uses.size()) ++uses[op.in[static_cast<std::size_t>(i)]];
    std::vector<Phrase> phrases;
    std::vector<Term> labels;
    for (std::size_t at = 0; at < value.code.size(); ++at) {
      const ScalarOp& op = value.code[at];
      Phrase phrase;
      Term term;
      if (op.function == Function::argument) {
        const ValueId argument = op.in[0] < value.arguments.size() ? value.arguments[op.in[0]] : no_id;
        phrase = {argument == no_id ? "v?" : fmt::format("v{}", argument), Phrase::whole};
        term = distinct(labels_of(argument));
      } else if (op.function == Function::constant) {
        phrase = phrase_of(op.value);
      } else {
        std::vector<Phrase> arguments;
        const auto count = static_cast<std::size_t>(input_count(op.function));
        for (std::size_t i = 0; i < count; ++i) arguments.push_back(op.in[i] < at ? phrases[op.in[i]] : Phrase{"v?", Phrase::whole});
        phrase = phrase_of(op.function, arguments);
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint32_t from = op.in[op.function == Function::select ? (i + 1) % 3 : i];
          if (from >= at) continue;
          for (const Label label : labels[from])
            if (!holds(term, label)) term.push_back(label);
        }
        const bool lengthy = phrase.text.size() > 120 && at + 1 < value.code.size();
        if (uses[at] > 1 || lengthy) {
          before += fmt::format("v{}_{} = {}\n", id, at, phrase.text);
          phrase = {fmt::format("v{}_{}", id, at), Phrase::whole};
        }
      }
      phrases.push_back(std::move(phrase));
      labels.push_back(std::move(term));
    }
    if (phrases.empty()) return {"?", {}};
    return {phrases.back().text, labels.back()};
  }

  // Slices first, then labels that change places under temporary names, then splits and merges one group after the other.
  Written view(const Value& value) {
    if (value.arguments.empty()) return {"?", {}};
    Written now{fmt::format("v{}", value.arguments[0]), distinct(labels_of(value.arguments[0]))};
    std::vector<ViewGroup> groups = value.groups;
    const bool one_to_one = std::all_of(groups.begin(), groups.end(), [&](const ViewGroup& group) {
      return group.from.size() == 1 && group.to.size() == 1 && !cuts(group);
    });
    if (one_to_one) return renamed(std::move(now), groups);
    Term before, after;
    std::vector<ViewGroup> temporary;
    for (ViewGroup& group : groups) {
      const bool clashes = std::any_of(group.to.begin(), group.to.end(), [&](Label label) { return holds(labels_of(value.arguments[0]), label); });
      if (!clashes) continue;
      for (const ViewGroup& other : groups)
        for (const Label label : other.from)
          if (holds(group.to, label) && !holds(before, label)) before.push_back(label);
    }
    for (const Label label : before) after.push_back(fresh(extent(label)));
    for (std::size_t i = 0; i < before.size(); ++i) temporary.push_back({{before[i]}, {after[i]}});
    for (ViewGroup& group : groups)
      for (Label& label : group.from)
        if (const auto at = std::find(before.begin(), before.end(), label); at != before.end()) label = after[static_cast<std::size_t>(at - before.begin())];
    if (!temporary.empty()) now = renamed(std::move(now), temporary);
    std::set<Label> given;
    std::vector<ViewGroup> diagonals;
    for (ViewGroup group : groups) {
      const bool again = group.to.size() == 1 && !given.insert(group.to[0]).second;
      const Label target = group.to.empty() ? 0 : group.to[0];
      if (again) group.to = {fresh(extent(target))};  // a diagonal: read under another label first
      now = regrouped(std::move(now), group);
      if (again) diagonals.push_back({group.to, {target}});
    }
    return diagonals.empty() ? now : renamed(std::move(now), diagonals);
  }

  bool cuts(const ViewGroup& group) const {
    if (group.from.size() != 1 || group.to.size() != 1) return false;
    const Label from = group.from[0];
    const Extent all = from < expression_.extents.size() ? extent(from) : fresh_extents_.count(from) ? fresh_extents_.at(from) : -1;
    const Label to = group.to[0];
    const Extent kept = to < expression_.extents.size() ? extent(to) : fresh_extents_.count(to) ? fresh_extents_.at(to) : -1;
    return group.begin != 0 || group.step != 1 || all != kept;
  }

  Written renamed(Written now, const std::vector<ViewGroup>& groups) {
    Term from, to, fresh_labels;
    for (const Label label : now.labels) {
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const ViewGroup& g) { return g.from[0] == label; });
      const Label name = group == groups.end() ? label : group->to[0];
      if (group != groups.end() && name != label) from.push_back(label), to.push_back(name);
      fresh_labels.push_back(name);
    }
    const Term once = distinct(fresh_labels);
    if (once.size() < fresh_labels.size()) return {fmt::format("einsum(\"{}->{}\", {})", letters(fresh_labels), letters(once), now.text), once};
    if (from.empty()) return now;
    return {fmt::format("rename({}, \"{}\", \"{}\")", now.text, letters(from), letters(to)), fresh_labels};
  }

  // One position of a label, which the view leaves out: the sum over that position alone.
  Written picked(Written now, const ViewGroup& group) {
    for (const Label label : group.from) {
      const Label one = fresh(1);
      now.text = fmt::format("sum(slice({}, \"{}\", {{{}, {}}}, \"{}\"), \"{}\")", now.text, names_(label), group.begin, group.begin + 1, names_(one), names_(one));
      std::erase(now.labels, label);
    }
    return now;
  }

  Written regrouped(Written now, const ViewGroup& group) {
    if (group.from.empty()) {  // labels of one position
      for (const Label label : group.to) now.labels.push_back(label);
      return {fmt::format("broadcast({}, \"{}\")", now.text, letters(now.labels)), now.labels};
    }
    if (group.to.empty()) return picked(std::move(now), group);
    if (group.from.size() == 1 && group.to.size() == 1) {
      if (!cuts(group)) return renamed(std::move(now), {group});
      const Extent count = std::max<Extent>(extent(group.to[0]) < 0 && fresh_extents_.count(group.to[0]) ? fresh_extents_.at(group.to[0]) : extent(group.to[0]), 0);
      const Extent end = count == 0 ? group.begin : group.begin + (count - 1) * group.step + 1;
      const std::string step = group.step == 1 ? "" : fmt::format(", {}", group.step);
      std::string text = fmt::format("slice({}, \"{}\", {{{}, {}{}}}, \"{}\")", now.text, names_(group.from[0]), group.begin, end, step, names_(group.to[0]));
      std::replace(now.labels.begin(), now.labels.end(), group.from[0], group.to[0]);
      return {std::move(text), now.labels};
    }
    if (group.from.size() > 1) {
      Extent whole = 1;
      for (const Label label : group.from) whole *= std::max<Extent>(extent(label), 0);
      const Label into = group.to.size() == 1 ? group.to[0] : fresh(whole);
      Term labels;
      for (const Label label : now.labels) {
        if (label == group.from[0]) labels.push_back(into);
        else if (!holds(group.from, label)) labels.push_back(label);
      }
      now = {fmt::format("merge({}, \"{}\", \"{}\")", now.text, letters(group.from), names_(into)), labels};
      if (group.to.size() == 1) return now;
      return regrouped(std::move(now), {{into}, group.to});
    }
    Term labels;
    for (const Label label : now.labels) {
      if (label == group.from[0]) labels.insert(labels.end(), group.to.begin(), group.to.end());
      else labels.push_back(label);
    }
    return {fmt::format("split({}, \"{}\", \"{}\")", now.text, names_(group.from[0]), letters(group.to)), labels};
  }

  std::string output(std::size_t i) {
    const Output& output = expression_.outputs[i];
    const std::string strides = fmt::format("  # strides [{}]", fmt::join(output.strides, ", "));
    Term whole;
    std::string diagonal;
    for (const Label label : output.labels) {  // a label twice: the diagonal is written, the rest is zero
      if (!holds(whole, label)) {
        whole.push_back(label);
        continue;
      }
      whole.push_back(fresh(extent(label)));
      fixed_.insert(whole.back());
      diagonal += fmt::format("{}iota(\"{}\") == iota(\"{}\")", diagonal.empty() ? "" : " && ", names_(label), names_(whole.back()));
    }
    const std::string value = diagonal.empty() ? fmt::format("v{}", output.value) : fmt::format("where({}, v{}, 0)", diagonal, output.value);
    return fmt::format("output o{} \"{}\" = {}{}\n", i, letters(whole), value, strides);
  }

  // Of labels in no operand the text itself must tell the extent.
  std::string extents() {
    std::vector<std::pair<std::size_t, Label>> order;
    for (const auto& [label, number] : names_.numbers()) order.emplace_back(number, label);
    std::sort(order.begin(), order.end());
    std::string all = "#", given;
    for (const auto& [number, label] : order) {
      const bool made_here = label >= expression_.extents.size() && fresh_extents_.count(label);
      const Extent count = made_here ? fresh_extents_.at(label) : extent(label);
      if (!made_here) all += fmt::format(" {} = {}", names_(label), count);
      if (!told_.count(label) && count >= 0 && (!made_here || fixed_.count(label))) given += fmt::format("fix(\"{}\", {})\n", names_(label), count);
    }
    return (order.empty() ? "" : all + "\n") + given;
  }

  static std::string listed(const std::vector<ValueId>& ids) {
    std::string text;
    for (const ValueId id : ids) text += fmt::format(" v{}", id);
    return text;
  }

  std::string streams() {
    std::string text;
    for (const Region& stream : expression_.streams) {
      const std::string online = stream.online() ? fmt::format(", maximum v{}, weights v{}", stream.maximum, stream.weights) : "";
      const std::string across = stream.across.empty() ? "" : fmt::format(", across {}{}", names_(stream.row), listed(stream.across));
      text += fmt::format("# stream along {}: scores v{}, masked v{}{}, sums{}{}, members{}, finish{}\n", names_(stream.label), stream.scores, stream.masked,
                          online, listed(stream.sums), across, listed(stream.members), listed(stream.finish));
    }
    for (const Slice& slice : expression_.slices)
      text += fmt::format("# sliced along {}: {} parts, {}\n", names_(slice.label), slice.parts, slice.summed ? "added up" : "side by side in every output");
    for (const Refusal& refusal : expression_.refusals) text += fmt::format("# no stream for v{}: {}\n", refusal.maximum, refusal.condition);
    return text;
  }

  const Expression& expression_;
  LabelNames names_;
  Label next_label_;
  std::map<Label, Extent> fresh_extents_;  // of labels that only the text has
  std::set<Label> told_, fixed_;           // labels whose extent the inputs tell; labels of the text that need a `fix`
};

}  // namespace

std::string print(const Expression& expression) { return Printer(expression).print(); }

}  // namespace einc::ir
