// program_extents.cpp: facts from shapes and `fix`, then each operation as an equation over extents, until nothing new follows.
// SPDX-License-Identifier: BSD-3-Clause
#include "bind/program_extents.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::bind {
namespace {

using ir::LabelName, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind;

// Who told an extent.
struct Source {
  enum class Kind : std::uint8_t { input, fix, node } kind = Kind::input;
  std::size_t at = 0;  // which input, fixed extent or node
};

// What one operation says of the extents of labels.
struct Equation {
  enum class Kind : std::uint8_t { product, slice, sum } kind = Kind::product;
  NodeId node = 0;
  ir::Term left, right;  // product: of `left` is that of `right`. slice: one label to one. sum: `left` add up to right[0]
};

class Solver {
 public:
  Solver(const ir::Program& program, std::span<const Layout> operands) : program_(program), operands_(operands) {}

  ProgramExtents solve() {
    if (program_.inputs.size() != operands_.size())
      throw Error(ErrorCode::operand_count, fmt::format("the program has {} {}, the call has {} {}", program_.inputs.size(),
                                                        program_.inputs.size() == 1 ? "input" : "inputs", operands_.size(),
                                                        operands_.size() == 1 ? "array" : "arrays"));
    for (const Node& node : program_.nodes) number_labels(node);
    read_inputs();
    for (std::size_t i = 0; i < program_.fixed.size(); ++i) {
      const ir::FixedExtent& fixed = program_.fixed[i];
      const auto label = found_.number.find(fixed.label);
      if (label == found_.number.end())
        throw ir::fault(program_, ErrorCode::bad_program, "fix", fixed.origin, fmt::format("no tensor of the program has a label `{}`", fixed.label));
      tell(label->second, fixed.extent, {Source::Kind::fix, i});
    }
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      for (const auto& [label, extent] : program_.nodes[id].fixed) tell(found_.of(label), extent, {Source::Kind::node, id});
      add_equations(id);
    }
    while (!waiting_.empty()) {
      const std::size_t next = waiting_.front();
      waiting_.pop_front();
      queued_[next] = 0;
      follow(equations_[next]);
    }
    return std::move(found_);
  }

 private:
  void number_label(const LabelName& name) {
    if (!found_.number.try_emplace(name, static_cast<Label>(found_.names.size())).second) return;
    found_.names.push_back(name);
    found_.extents.push_back(unknown_extent);
    sources_.emplace_back();
    mentions_.emplace_back();
  }
  void number_labels(const Node& node) {
    for (const NamedTerm& term : node.terms)
      for (const LabelName& name : term) number_label(name);
    for (const LabelName& name : node.labels) number_label(name);
    if (!node.label.empty()) number_label(node.label);
  }

  void read_inputs() {
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const Node& input = program_.nodes[program_.inputs[i]];
      const auto extents = operands_[i].extents;
      if (extents.size() != input.labels.size())
        throw ir::fault(program_, ErrorCode::rank_mismatch, "input", input.origin,
                        fmt::format("`{}` has labels `{}`, its array has rank {}, shape [{}]", input.name, ir::written(input.labels), extents.size(),
                                    fmt::join(extents, ", ")));
      for (std::size_t at = 0; at < extents.size(); ++at) {
        if (extents[at] < 0)
          throw ir::fault(program_, ErrorCode::bad_shape, "input", input.origin,
                          fmt::format("an extent of `{}` is negative, shape [{}]", input.name, fmt::join(extents, ", ")));
        tell(found_.of(input.labels[at]), extents[at], {Source::Kind::input, i});
      }
    }
  }

  void add_equations(NodeId id) {
    const Node& node = program_.nodes[id];
    const auto add = [&](Equation::Kind kind, ir::Term left, ir::Term right) {
      if (kind == Equation::Kind::product && left == right) return;
      for (const ir::Term* term : {&left, &right})
        for (const Label label : *term) mentions_[label].push_back(equations_.size());
      waiting_.push_back(equations_.size());
      queued_.push_back(1);
      equations_.push_back({kind, id, std::move(left), std::move(right)});
    };
    switch (node.kind) {
      case NodeKind::einsum:
        for (std::size_t i = 0; i < node.arguments.size(); ++i)
          for (std::size_t at = 0; at < node.terms[i].size(); ++at)
            add(Equation::Kind::product, {found_.of(program_.nodes[node.arguments[i]].labels[at])}, {found_.of(node.terms[i][at])});
        break;
      case NodeKind::view:
        for (const ir::NamedGroup& group : node.groups) add(Equation::Kind::product, found_.of(group.from), found_.of(group.to));
        break;
      case NodeKind::slice: {
        const NamedTerm& old = program_.nodes[node.arguments[0]].labels;
        const auto at = static_cast<std::size_t>(std::find(old.begin(), old.end(), node.label) - old.begin());
        add(Equation::Kind::slice, {found_.of(node.label)}, {found_.of(node.labels[at])});
        break;
      }
      case NodeKind::concat: {
        ir::Term parts;
        for (const NamedTerm& part : node.terms) parts.push_back(found_.of(part[0]));
        add(Equation::Kind::sum, std::move(parts), {found_.of(node.label)});
        break;
      }
      default: break;
    }
  }

  const ir::Origin& origin_of(const Source& source) const {
    if (source.kind == Source::Kind::fix) return program_.fixed[source.at].origin;
    return program_.nodes[source.kind == Source::Kind::input ? program_.inputs[source.at] : source.at].origin;
  }
  // "128 in `q`, shape [1, 128], at model.cpp:3"
  std::string told(Extent extent, const Source& source) const {
    const std::string place = ir::place_of(origin_of(source));
    if (source.kind == Source::Kind::fix) return fmt::format("{} by `fix`{}", extent, place);
    if (source.kind == Source::Kind::node) return fmt::format("{} by `{}`{}", extent, program_.nodes[source.at].operation, place);
    return fmt::format("{} in `{}`, shape [{}]{}{}", extent, program_.nodes[program_.inputs[source.at]].name,
                       fmt::join(operands_[source.at].extents, ", "), place.empty() ? "" : ",", place);
  }
  std::string told(Label label) const { return told(found_.extents[label], sources_[label]); }

  [[noreturn]] void fail(ErrorCode code, const std::string& sentence, std::initializer_list<std::pair<ir::Origin, std::string>> places) const {
    std::vector<Mark> marks;
    for (const auto& [origin, note] : places)
      if (!program_.text.empty() && origin.file.empty() && origin.span.end <= program_.text.size()) marks.push_back({origin.span, note});
    throw Error(code, sentence, marks.empty() ? std::string{} : program_.text, marks);
  }

  void tell(Label label, Extent extent, Source source) {
    Extent& known = found_.extents[label];
    if (known == extent) return;
    if (known != unknown_extent)
      fail(ErrorCode::extent_mismatch, fmt::format("label `{}` has two extents: {}; {}", found_.names[label], told(label), told(extent, source)),
           {{origin_of(sources_[label]), fmt::format("{}", known)}, {origin_of(source), fmt::format("{}", extent)}});
    known = extent;
    sources_[label] = source;
    for (const std::size_t equation : mentions_[label]) {
      if (queued_[equation]) continue;
      queued_[equation] = 1;
      waiting_.push_back(equation);
    }
  }

  bool known(Label label) const { return found_.extents[label] != unknown_extent; }

  void follow(const Equation& equation) {
    switch (equation.kind) {
      case Equation::Kind::product: return follow_product(equation);
      case Equation::Kind::slice: return follow_slice(equation);
      case Equation::Kind::sum: return follow_sum(equation);
    }
  }

  // The product of what is known of a term; too_large where no 64-bit count holds it.
  Extent product(const Equation& equation, const ir::Term& term) const {
    Extent result = 1;
    for (const Label label : term)
      if (found_.extents[label] == 0) return 0;
    for (const Label label : term)
      if (known(label) && __builtin_mul_overflow(result, found_.extents[label], &result)) fail_too_large(equation, term);
    return result;
  }
  [[noreturn]] void fail_too_large(const Equation& equation, const ir::Term& term) const {
    const Node& node = program_.nodes[equation.node];
    throw ir::fault(program_, ErrorCode::too_large, node.operation, node.origin,
                    fmt::format("{} together have more positions than 64 bits can count", listed(term)));
  }

  // "`h` = 4 and `d`"
  std::string listed(const ir::Term& term) const {
    std::string text;
    for (std::size_t i = 0; i < term.size(); ++i) {
      text += i == 0 ? "" : i + 1 == term.size() ? " and " : ", ";
      text += fmt::format("`{}`", found_.names[term[i]]);
      if (known(term[i])) text += fmt::format(" = {}", found_.extents[term[i]]);
    }
    return text;
  }

  void follow_product(const Equation& equation) {
    std::size_t open = 0;
    const ir::Term *with = nullptr, *without = nullptr;
    Label missing = 0;
    for (const ir::Term* term : {&equation.left, &equation.right})
      for (const Label label : *term)
        if (!known(label)) ++open, missing = label, with = term;
    if (open > 1) return;
    const Source source{Source::Kind::node, equation.node};
    if (open == 0) {
      if (product(equation, equation.left) != product(equation, equation.right)) fail_product(equation, equation.left, equation.right);
      return;
    }
    without = with == &equation.left ? &equation.right : &equation.left;
    const Extent whole = product(equation, *without), others = product(equation, *with);
    if (others == 0 && whole == 0) return;  // any extent would do
    if (others == 0 || whole % others != 0) fail_product(equation, *without, *with);
    tell(missing, whole / others, source);
  }

  [[noreturn]] void fail_product(const Equation& equation, const ir::Term& whole, const ir::Term& parts) const {
    const Node& node = program_.nodes[equation.node];
    if (whole.size() == 1 && parts.size() == 1) {
      const ir::Origin& first = origin_of(sources_[whole[0]]);
      const ir::Origin& second = origin_of(sources_[parts[0]]);
      fail(ErrorCode::extent_mismatch,
           fmt::format("`{}`{}: label `{}` is renamed `{}`, but they have two extents: {}; {}", node.operation, ir::place_of(node.origin),
                       found_.names[whole[0]], found_.names[parts[0]], told(whole[0]), told(parts[0])),
           {{node.origin, {}}, {first, fmt::format("{}", found_.extents[whole[0]])}, {second, fmt::format("{}", found_.extents[parts[0]])}});
    }
    const ir::Term& one = whole.size() == 1 ? whole : parts;
    const ir::Term& many = whole.size() == 1 ? parts : whole;
    std::string sentence;
    if (one.size() == 1 && known(one[0]))
      sentence = fmt::format("{} positions of `{}` cannot be split into {}", found_.extents[one[0]], found_.names[one[0]], listed(many));
    else
      sentence = fmt::format("{} cannot have as many positions as {}", listed(many), listed(one));
    std::string reasons;
    for (const ir::Term* term : {&one, &many})
      for (const Label label : *term)
        if (known(label) && reasons.find(told(label)) == std::string::npos) reasons += fmt::format("{} `{}` is {}", reasons.empty() ? ":" : ";", found_.names[label], told(label));
    throw ir::fault(program_, ErrorCode::extent_mismatch, node.operation, node.origin, sentence + reasons);
  }

  void follow_slice(const Equation& equation) {
    if (!known(equation.left[0])) return;
    tell(equation.right[0], positions_of(program_.nodes[equation.node], found_.extents[equation.left[0]]).count, {Source::Kind::node, equation.node});
  }

  void follow_sum(const Equation& equation) {
    const Label whole = equation.right[0];
    Extent sum = 0;
    std::size_t open = 0;
    Label missing = 0;
    for (const Label label : equation.left) {
      if (!known(label)) ++open, missing = label;
      else if (__builtin_add_overflow(sum, found_.extents[label], &sum)) fail_too_large(equation, equation.left);
    }
    const Source source{Source::Kind::node, equation.node};
    if (open == 0) return tell(whole, sum, source);
    if (open > 1 || !known(whole)) return;
    if (found_.extents[whole] < sum) {
      const Node& node = program_.nodes[equation.node];
      throw ir::fault(program_, ErrorCode::extent_mismatch, node.operation, node.origin,
                      fmt::format("{} do not fit into {}", listed(equation.left), listed(equation.right)));
    }
    tell(missing, found_.extents[whole] - sum, source);
  }

  const ir::Program& program_;
  std::span<const Layout> operands_;
  ProgramExtents found_;
  std::vector<Source> sources_;                    // of each label
  std::vector<std::vector<std::size_t>> mentions_;  // of each label: the equations it stands in
  std::vector<Equation> equations_;
  std::deque<std::size_t> waiting_;
  std::vector<char> queued_;
};

}  // namespace

CutPositions positions_of(const ir::Node& slice, Extent positions) {
  const auto from_start = [&](Extent at) { return std::clamp<Extent>(at < 0 ? at + positions : at, 0, positions); };
  const Extent begin = from_start(slice.begin), end = from_start(slice.end);
  return {begin, end > begin ? (end - begin - 1) / slice.step + 1 : 0};
}

ProgramExtents find_extents(const ir::Program& program, std::span<const Layout> operands) { return Solver(program, operands).solve(); }

}  // namespace einc::bind
