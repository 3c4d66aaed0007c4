// program_text.cpp: reads program texts, as docs/program_text.md describes them: recursive descent, in time linear in the text.
// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "ir/program_access.hpp"
#include "parse/program_functions.hpp"
#include "parse/program_tokens.hpp"

namespace einc::parse {
namespace {

using ir::Function, ir::NodeId;
using Kind = ProgramToken::Kind;

constexpr int deepest = 200;  // parentheses, calls and signs inside one another

struct Operator {
  std::string_view sign;
  int strength;
  Function function;
  bool swapped = false;
};
constexpr Operator operators[] = {
    {"||", 1, Function::logical_or}, {"&&", 2, Function::logical_and}, {"==", 3, Function::equal},     {"!=", 3, Function::not_equal},
    {"<", 4, Function::less},        {"<=", 4, Function::less_equal},  {">", 4, Function::less, true}, {">=", 4, Function::less_equal, true},
    {"+", 5, Function::add},         {"-", 5, Function::subtract},     {"*", 6, Function::multiply},   {"/", 6, Function::divide},
};

class ProgramParser {
 public:
  explicit ProgramParser(ir::Program& program) : program_(program), tokens_(program.text) {}

  void parse() {
    for (;;) {
      while (tokens_.now().kind == Kind::line_end) tokens_.advance();
      if (tokens_.now().kind == Kind::end) return;
      read_statement();
      if (tokens_.now().kind != Kind::line_end && tokens_.now().kind != Kind::end)
        tokens_.fail(fmt::format("{} after the end of a statement", tokens_.shown()), "one statement a line");
    }
  }

 private:
  ir::Origin origin(const ProgramToken& token) const { return {{}, token.line, token.span}; }
  ir::Origin since(const ProgramToken& token) const { return {{}, token.line, {token.span.begin, last_end_}}; }

  ProgramToken take() {
    const ProgramToken token = tokens_.now();
    last_end_ = token.span.end;
    tokens_.advance();
    return token;
  }
  ProgramToken expect(Kind kind, std::string_view what) {
    if (tokens_.now().kind != kind) tokens_.fail(fmt::format("{} stands where {} is expected", tokens_.shown(), what));
    return take();
  }
  void expect(std::string_view sign, std::string_view after = {}) {
    if (!tokens_.at(sign))
      tokens_.fail(fmt::format("{} stands where `{}` is expected{}{}", tokens_.shown(), sign, after.empty() ? "" : ", as in ", after));
    if (sign == ")" || sign == "}") tokens_.close_bracket();
    if (sign == "(" || sign == "{") tokens_.open_bracket();
    take();
  }
  bool accept(std::string_view sign) {
    if (!tokens_.at(sign)) return false;
    expect(sign);
    return true;
  }

  void read_statement() {
    const ProgramToken first = expect(Kind::name, "a statement");
    if (first.written == "input") return read_input(first);
    if (first.written == "output") return read_output(first);
    if (first.written == "fix") return read_fix(first);
    if (!tokens_.at("="))
      tokens_.fail(fmt::format("{} stands where `=` is expected", tokens_.shown()),
                   "a statement is `name = value`, `input name \"labels\"`, `output name = value` or `fix(\"label\", extent)`");
    refuse_word(first);
    take();
    const auto fresh = static_cast<NodeId>(program_.nodes.size());
    const NodeId value = read_expression(1);
    names_.insert_or_assign(first.written, value);
    ir::Node& node = program_.nodes[value];
    const bool leaf = node.kind == ir::NodeKind::constant || node.kind == ir::NodeKind::extent || node.kind == ir::NodeKind::iota;
    if (value >= fresh && !leaf) node.name = first.written;
  }

  void refuse_word(const ProgramToken& name) const {
    for (const std::string_view word : {"infinity", "nan"})
      if (name.written == word) tokens_.fail(name.span, name.line, fmt::format("`{}` is a number and cannot be a name", word));
  }

  void read_input(const ProgramToken& first) {
    const ProgramToken name = expect(Kind::name, "the name of an input");
    const ProgramToken labels = expect(Kind::text, "a text of labels");
    const NodeId node = ProgramBuilder(program_, "input", since(first)).input(name.written, labels.written);
    names_.insert_or_assign(name.written, node);
  }

  void read_output(const ProgramToken& first) {
    const ProgramToken name = expect(Kind::name, "the name of an output");
    std::optional<std::string_view> labels;
    if (tokens_.now().kind == Kind::text) labels = take().written;
    expect("=", "`output o = x`");
    const NodeId value = read_expression(1);
    ProgramBuilder(program_, "output", since(first)).output(name.written, value, labels ? &*labels : nullptr);
  }

  void read_fix(const ProgramToken& first) {
    expect("(", "`fix(\"h\", 8)`");
    const ProgramToken label = expect(Kind::text, "a label");
    expect(",");
    const Extent extent = read_whole();
    expect(")");
    ProgramBuilder(program_, "fix", since(first)).fix(label.written, extent);
  }

  Extent read_whole() {
    const ProgramToken first = tokens_.now();
    const bool negative = accept("-");
    const ProgramToken digits = expect(Kind::number, "a whole number");
    Extent number = 0;
    const auto [end, error] = std::from_chars(digits.written.data(), digits.written.data() + digits.written.size(), number);
    if (error != std::errc{} || end != digits.written.data() + digits.written.size())
      tokens_.fail({first.span.begin, digits.span.end}, first.line, fmt::format("`{}` is no whole number of 64 bits", digits.written));
    return negative ? -number : number;
  }

  // Climbs the levels of C++: every operator groups from the left.
  NodeId read_expression(int least) {
    NodeId left = read_sign();
    for (;;) {
      const Operator* found = nullptr;
      for (const Operator& candidate : operators)
        if (tokens_.at(candidate.sign)) found = &candidate;
      if (!found || found->strength < least) return left;
      const ProgramToken sign = take();
      const NodeId right = read_expression(found->strength + 1);
      ProgramBuilder build(program_, sign.written, origin(sign));
      left = found->swapped ? build.greater(found->function, left, right) : build.map(found->function, {left, right});
    }
  }

  void go_deeper() {
    if (++depth_ > deepest)
      tokens_.fail(fmt::format("more than {} parentheses, calls and signs stand inside one another", deepest), "give a part a name of its own: `y = ...`");
  }

  NodeId read_sign() {
    const bool minus = tokens_.at("-"), negation = tokens_.at("!");
    if (!minus && !negation) return read_whole_term();
    go_deeper();
    const ProgramToken sign = take();
    const NodeId x = read_sign();
    --depth_;
    return ProgramBuilder(program_, sign.written, origin(sign)).map(minus ? Function::negative : Function::logical_not, {x});
  }

  NodeId read_whole_term() {
    const ProgramToken first = tokens_.now();
    if (first.kind == Kind::number) {
      take();
      return ProgramBuilder(program_, first.written, origin(first)).constant(first.number);
    }
    if (accept("(")) {
      go_deeper();
      const NodeId inside = read_expression(1);
      --depth_;
      expect(")");
      return inside;
    }
    if (first.kind == Kind::text) tokens_.fail(fmt::format("the text {} stands where a value is expected", tokens_.shown()));
    const ProgramToken name = expect(Kind::name, "a value");
    if (tokens_.at("(")) return read_call(name);
    if (name.written == "infinity" || name.written == "nan") {
      const double number = name.written == "nan" ? std::numeric_limits<double>::quiet_NaN() : infinity;
      return ProgramBuilder(program_, name.written, origin(name)).constant(number);
    }
    const auto found = names_.find(name.written);
    if (found == names_.end()) fail_unknown(name);
    return found->second;
  }

  [[noreturn]] void fail_unknown(const ProgramToken& name) const {
    std::string hint;
    if (find_function(name.written)) hint = fmt::format("`{}` is a function: `{}`", name.written, usage(*find_function(name.written)));
    if (program_.output_names.count(std::string(name.written))) hint = fmt::format("`{0}` is an output: name the value first, as in `y = ...` and `output {0} = y`", name.written);
    std::size_t least = name.written.size() / 2 + 1;
    std::string_view best;
    for (const auto& [known, node] : names_) {
      if (known.size() > 64 || name.written.size() > 64 || !hint.empty()) continue;
      const std::size_t distance = spelling_distance(name.written, known);
      if (distance >= least) continue;
      least = distance;
      best = known;
    }
    if (hint.empty() && !best.empty()) hint = fmt::format("did you mean `{}`?", best);
    tokens_.fail(name.span, name.line, fmt::format("nothing is called `{}` so far", name.written), std::move(hint));
  }

  NodeId read_call(const ProgramToken& name) {
    const ProgramFunction* function = find_function(name.written);
    if (!function) {
      const std::string near = nearest_function(name.written);
      tokens_.fail(name.span, name.line, fmt::format("there is no function `{}`", name.written), near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
    go_deeper();
    expect("(");
    ProgramArguments arguments;
    bool first = true;
    for (const char kind : function->takes) {
      const bool optional = kind == 'e' || kind == 'n' || kind == 's' || kind == 'k';
      if (tokens_.at(")") && (optional || (kind == '*' && !arguments.tensors.empty()))) break;
      if (tokens_.at(")")) fail_count(name, *function, "few");
      if (!first) expect(",", fmt::format("`{}`", usage(*function)));
      first = false;
      read_argument(kind, *function, arguments);
    }
    if (tokens_.at(",")) fail_count(name, *function, "many");
    expect(")", fmt::format("`{}`", usage(*function)));
    --depth_;
    ProgramBuilder build(program_, name.written, since(name));
    return function->make(build, arguments);
  }

  [[noreturn]] void fail_count(const ProgramToken& name, const ProgramFunction& function, std::string_view much) const {
    tokens_.fail({name.span.begin, tokens_.now().span.end}, name.line, fmt::format("too {} arguments for `{}`", much, name.written),
                 fmt::format("it is written `{}`", usage(function)));
  }

  template <class Value>
  Value read_word(std::initializer_list<std::pair<std::string_view, Value>> words, std::string_view what) {
    std::string all;
    for (const auto& [word, value] : words) {
      if (tokens_.now().kind == Kind::name && tokens_.now().written == word) {
        take();
        return value;
      }
      all += fmt::format("{}`{}`", all.empty() ? "" : ", ", word);
    }
    tokens_.fail(fmt::format("{} is no {}: {}", tokens_.shown(), what, all));
  }

  void read_argument(char kind, const ProgramFunction& function, ProgramArguments& arguments) {
    switch (kind) {
      case 't': arguments.texts.push_back(expect(Kind::text, fmt::format("a text in quotes (`{}`)", usage(function))).written); return;
      case '*':
        do arguments.tensors.push_back(read_expression(1));
        while (accept(","));
        return;
      case 'd': arguments.dtype = read_word<DType>({{"f32", DType::f32}, {"bf16", DType::bf16}, {"f64", DType::f64}}, "type"); return;
      case 'r':
        arguments.reduction = read_word<Reduction>({{"sum", Reduction::sum}, {"max", Reduction::max}, {"min", Reduction::min}, {"mean", Reduction::mean}}, "reduction");
        return;
      case 'n': {
        const bool negative = accept("-");
        const ProgramToken number = expect(Kind::number, "a number");
        arguments.number = negative ? -number.number : number.number;
        return;
      }
      case 's': {
        const std::string_view word = tokens_.now().written;
        const bool policy = tokens_.now().kind == Kind::name && !names_.count(word) && (word == "zero" || word == "uniform" || word == "nan");
        if (!policy) break;
        arguments.empty = word == "zero" ? EmptyRow::zero : word == "uniform" ? EmptyRow::uniform : EmptyRow::nan;
        take();
        return;
      }
      case 'c': return read_cut(arguments.cut);
      case 'p': return read_list([&] {
        const NodeId tensor = read_expression(1);
        expect(",");
        arguments.pieces.push_back({tensor, expect(Kind::text, "a label").written});
      });
      case 'e': return read_list([&] {
        const ProgramToken label = expect(Kind::text, "a label");
        expect(",");
        arguments.extents.push_back({std::string(label.written), read_whole()});
      });
      default: break;
    }
    arguments.tensors.push_back(read_expression(1));
  }

  // {begin, end, step}, of which the last ones may be left out; an end of infinity is the end of the label.
  void read_cut(Cut& cut) {
    expect("{");
    cut.begin = read_whole();
    if (accept(",")) {
      const bool to_end = tokens_.now().kind == Kind::name && tokens_.now().written == "infinity";
      if (to_end) take();
      else cut.end = read_whole();
      if (accept(",")) cut.step = read_whole();
    }
    expect("}", "`{begin, end, step}`");
  }

  // {{...}, {...}}
  template <class Entry>
  void read_list(const Entry& read_entry) {
    expect("{", "`{{x, \"s\"}, {y, \"t\"}}` or `{{\"r\", 4}}`");
    do {
      expect("{", "`{{x, \"s\"}, {y, \"t\"}}` or `{{\"r\", 4}}`");
      read_entry();
      expect("}");
    } while (accept(","));
    expect("}");
  }

  ir::Program& program_;
  ProgramTokens tokens_;
  std::map<std::string_view, NodeId> names_;  // pieces of the program text
  std::uint32_t last_end_ = 0;
  int depth_ = 0;
};

}  // namespace
}  // namespace einc::parse

namespace einc {

Program Program::parse(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 2) throw Error(ErrorCode::bad_program, "a program text has more than 2^31 bytes");
  Program program;
  program.program_->text = text;
  parse::ProgramParser(*program.program_).parse();
  return program;
}

}  // namespace einc
