// subscripts.hpp: the grammar. One constexpr parser for literals and run-time text; faults are data. Knows no shapes.
//
//   text   = terms [ "->" term ]                      "ij,jk->ik"   "bqc, chv->bqhv"   "...i,...i->..."
//   terms  = item { "," item }
//   item   = term | "(" terms ")"                     "(ij,jk),kl->il": what is in parentheses is contracted first, on its own
//   term   = { label | ellipsis }
//   label  = letter | other UTF-8 character | "[" name "]"                          "i"   "λ"   "[batch]"
//   ellipsis = "..." | "[" name "...]"                                              any number of unnamed labels
//
// White space is skipped between tokens, never inside `->`, `...` or a name. Digits stand only inside names.
// Without `->` the result has every label that occurs once, in ASCII order, after the ellipsis, as in numpy.einsum.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <einc/error.hpp>

namespace einc {

// One written place of a term: a label or an ellipsis.
struct Subscript {
  Span span;               // where it stands
  std::uint32_t name = 0;  // index into Subscripts::names; the same spelling has the same index
  bool ellipsis = false;
  constexpr bool operator==(const Subscript&) const = default;
};

struct SubscriptTerm {
  Span span;  // without surrounding white space
  std::vector<Subscript> subscripts;
  constexpr bool operator==(const SubscriptTerm&) const = default;
};

// Operands that the text puts in parentheses: terms [first, last). They are contracted with each other before any other.
struct SubscriptGroup {
  Span span;  // from `(` to `)`
  std::uint32_t first = 0, last = 0;
  constexpr bool operator==(const SubscriptGroup&) const = default;
};

// What is wrong with a text, as data: at most two places.
struct Fault {
  ErrorCode code = ErrorCode::none;
  Span first, second;
  bool has_second = false;
  constexpr bool operator==(const Fault&) const = default;
};

// The parsed text: terms of labels, each with its span in the text. Valid when fault.code is none.
struct Subscripts {
  std::vector<Span> names;  // of each distinct label or ellipsis: its first place, name only (no brackets, no dots)
  std::vector<SubscriptTerm> operands;
  std::vector<SubscriptGroup> groups;  // in order of their `)`: those inside a group stand before it
  SubscriptTerm output;     // as written, or deduced when has_arrow is false (then spans are those of the operands)
  bool has_arrow = false;
  Fault fault;
  constexpr bool operator==(const Subscripts&) const = default;
};

// Parses a text in O(n log n). Never throws; a fault is reported in the result.
constexpr Subscripts parse_subscripts(std::string_view text);

// The sentence for a fault that is in the text alone; the same words at run time and from the compiler.
constexpr std::string_view sentence_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_character: return "a character that is no label, comma, arrow or ellipsis";
    case ErrorCode::bad_arrow: return "the arrow is written `->`, once, without a blank inside";
    case ErrorCode::bad_ellipsis: return "an ellipsis is written `...`, at most once in a term";
    case ErrorCode::bad_name: return "a named label is written `[name]`";
    case ErrorCode::comma_in_output: return "the result is one term: no comma after `->`";
    case ErrorCode::unknown_output_label: return "a label of the result is in no operand";
    case ErrorCode::implicit_output_with_names: return "named labels have no order of their own: write the result after `->`";
    case ErrorCode::bad_grouping: return "parentheses enclose whole operands, in pairs, before `->`";
    default: return "";
  }
}

// ---------------------------------------------------------------------------------------------------------------------

namespace detail {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Length of the UTF-8 character that starts at text[at], or 0 if there is none (overlong and surrogate forms are none).
constexpr std::uint32_t utf8_length(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(at);
  if (lead < 0x80u) return 1;
  if (lead >= 0xC2u && lead <= 0xDFu) return follows(at + 1) ? 2 : 0;
  if (lead >= 0xE0u && lead <= 0xEFu) {
    const unsigned second = byte(at + 1);
    const bool fits = !(lead == 0xE0u && second < 0xA0u) && !(lead == 0xEDu && second >= 0xA0u);
    return fits && follows(at + 1) && follows(at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0u && lead <= 0xF4u) {
    const unsigned second = byte(at + 1);
    const bool fits = !(lead == 0xF0u && second < 0x90u) && !(lead == 0xF4u && second >= 0x90u);
    return fits && follows(at + 1) && follows(at + 2) && follows(at + 3) ? 4 : 0;
  }
  return 0;
}

class SubscriptParser {
 public:
  constexpr explicit SubscriptParser(std::string_view text) : text_(text) {}

  constexpr Subscripts parse() {
    read_terms();
    if (!failed()) assign_names();
    if (!failed()) result_.has_arrow ? check_output() : deduce_output();
    return result_;
  }

 private:
  // How a subscript was written, before equal spellings share an index.
  struct Spelling {
    Span name;
    bool ellipsis;
  };

  constexpr bool failed() const { return result_.fault.code != ErrorCode::none; }
  constexpr void fail(ErrorCode code, std::size_t begin, std::size_t end) {
    result_.fault = {code, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, {}, false};
  }
  constexpr bool at(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  constexpr std::string_view spelling(Span span) const { return text_.substr(span.begin, span.end - span.begin); }

  constexpr void read_terms() {
    SubscriptTerm term;
    begin_term(term);
    while (!failed()) {
      if (at_ == text_.size()) return finish_item(term);
      const char c = text_[at_];
      if (is_space(c)) {
        ++at_;
      } else if (c == ',') {
        if (result_.has_arrow) return fail(ErrorCode::comma_in_output, at_, at_ + 1);
        finish_term(term);
        ++at_;
        begin_term(term);
      } else if (c == '(' || c == ')') {
        c == '(' ? open_group(term) : close_group(term);
      } else if (c == '-' || c == '>') {
        if (!at("->")) return fail(ErrorCode::bad_arrow, at_, at_ + 1);
        if (result_.has_arrow) return fail(ErrorCode::bad_arrow, at_, at_ + 2);
        finish_item(term);
        result_.has_arrow = true;
        at_ += 2;
        begin_term(term);
      } else if (after_group_) {
        return fail(ErrorCode::bad_grouping, at_, at_ + std::max<std::size_t>(utf8_length(text_, at_), 1));
      } else {
        read_subscript(term);
      }
    }
  }

  // A group stands where a term could: not after labels, not after another group, not in the result.
  constexpr void open_group(SubscriptTerm& term) {
    if (result_.has_arrow || after_group_ || !term.subscripts.empty()) return fail(ErrorCode::bad_grouping, at_, at_ + 1);
    open_.push_back({{static_cast<std::uint32_t>(at_), 0}, static_cast<std::uint32_t>(result_.operands.size()), 0});
    ++at_;
    begin_term(term);
  }

  constexpr void close_group(SubscriptTerm& term) {
    if (result_.has_arrow || open_.empty()) return fail(ErrorCode::bad_grouping, at_, at_ + 1);
    SubscriptGroup group = open_.back();
    const bool nothing = !after_group_ && term.subscripts.empty() && group.first == result_.operands.size();
    if (nothing) return fail(ErrorCode::bad_grouping, group.span.begin, at_ + 1);
    finish_term(term);
    open_.pop_back();
    ++at_;
    group.span.end = static_cast<std::uint32_t>(at_);
    group.last = static_cast<std::uint32_t>(result_.operands.size());
    result_.groups.push_back(group);
    begin_term(term);
    after_group_ = true;
  }

  // The last item before `->` or the end of the text: no group may still be open.
  constexpr void finish_item(const SubscriptTerm& term) {
    if (!open_.empty()) return fail(ErrorCode::bad_grouping, open_.back().span.begin, open_.back().span.begin + 1);
    finish_term(term);
  }

  constexpr void begin_term(SubscriptTerm& term) {
    term = {};
    after_group_ = false;
    term.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(at_)};
  }

  constexpr void finish_term(const SubscriptTerm& term) {
    if (result_.has_arrow)
      result_.output = term;
    else if (!after_group_)
      result_.operands.push_back(term);
  }

  constexpr void read_subscript(SubscriptTerm& term) {
    const std::size_t begin = at_;
    Spelling read{};
    if (text_[begin] == '.') {
      std::size_t dots = begin;
      while (dots < text_.size() && text_[dots] == '.' && dots < begin + 3) ++dots;
      if (dots != begin + 3) return fail(ErrorCode::bad_ellipsis, begin, dots);
      at_ = dots;
      read = {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin)}, true};
    } else if (text_[begin] == '[') {
      if (!read_name(read)) return;
    } else {
      const std::uint32_t length = utf8_length(text_, begin);
      const bool label = length > 1 || (length == 1 && is_letter(text_[begin]));
      if (!label) return fail(ErrorCode::bad_character, begin, begin + std::max<std::size_t>(length, 1));
      at_ += length;
      read = {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)}, false};
    }
    const Span span{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)};
    if (term.subscripts.empty()) term.span.begin = span.begin;
    term.span.end = span.end;
    term.subscripts.push_back({span, static_cast<std::uint32_t>(spellings_.size()), read.ellipsis});
    spellings_.push_back(read);
  }

  // `[name]` or `[name...]`: letters, digits, `_` and UTF-8 characters; not a digit first.
  constexpr bool read_name(Spelling& read) {
    const std::size_t begin = at_;
    const std::size_t close = text_.find(']', begin);
    const std::size_t stop = text_.find_first_of("[,>", begin + 1);
    if (close == std::string_view::npos || stop < close) return fail(ErrorCode::bad_name, begin, begin + 1), false;
    std::size_t name_end = close;
    const bool ellipsis = close >= begin + 4 && text_.substr(close - 3, 3) == "...";
    if (ellipsis) name_end = close - 3;
    for (std::size_t i = begin + 1; i < name_end;) {
      const std::uint32_t length = utf8_length(text_, i);
      const bool first = i == begin + 1;
      const char c = text_[i];
      const bool fits = length > 1 || (length == 1 && (is_letter(c) || c == '_' || (is_digit(c) && !first)));
      if (!fits) return fail(ErrorCode::bad_name, begin, close + 1), false;
      i += length;
    }
    if (name_end == begin + 1) return fail(ErrorCode::bad_name, begin, close + 1), false;
    at_ = close + 1;
    read = {{static_cast<std::uint32_t>(begin + 1), static_cast<std::uint32_t>(name_end)}, ellipsis};
    has_names_ = has_names_ || !ellipsis;
    if (!ellipsis && first_name_.end == 0) first_name_ = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)};
    return true;
  }

  // Gives equal spellings one index, in order of first appearance. A label `i` and a name `[i]` are the same label.
  constexpr void assign_names() {
    std::vector<std::uint32_t> order(spellings_.size(), 0);
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    auto key_less = [&](std::uint32_t x, std::uint32_t y) {
      if (spellings_[x].ellipsis != spellings_[y].ellipsis) return spellings_[y].ellipsis;
      return spelling(spellings_[x].name) < spelling(spellings_[y].name);
    };
    std::sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
      if (key_less(x, y)) return true;
      return !key_less(y, x) && x < y;
    });
    std::vector<std::uint32_t> first(spellings_.size(), 0);  // of each spelling: the first equal one
    for (std::size_t i = 0; i < order.size(); ++i)
      first[order[i]] = i > 0 && !key_less(order[i - 1], order[i]) ? first[order[i - 1]] : order[i];
    std::vector<std::uint32_t> index(spellings_.size(), 0);
    for (std::uint32_t i = 0; i < spellings_.size(); ++i) {
      if (first[i] == i) {
        index[i] = static_cast<std::uint32_t>(result_.names.size());
        result_.names.push_back(spellings_[i].name);
      }
    }
    for (SubscriptTerm& term : result_.operands)
      for (Subscript& subscript : term.subscripts) subscript.name = index[first[subscript.name]];
    for (Subscript& subscript : result_.output.subscripts) subscript.name = index[first[subscript.name]];
    check_ellipses();
  }

  // At most one ellipsis of a name in a term.
  constexpr void check_ellipses() {
    std::vector<std::uint32_t> seen(result_.names.size(), 0);
    std::uint32_t number = 0;
    auto check = [&](const SubscriptTerm& term) {
      ++number;
      for (const Subscript& subscript : term.subscripts) {
        if (!subscript.ellipsis || failed()) continue;
        if (seen[subscript.name] == number) fail(ErrorCode::bad_ellipsis, subscript.span.begin, subscript.span.end);
        seen[subscript.name] = number;
      }
    };
    for (const SubscriptTerm& term : result_.operands) check(term);
    check(result_.output);
  }

  constexpr std::vector<std::uint32_t> count_names() const {
    std::vector<std::uint32_t> count(result_.names.size(), 0);
    for (const SubscriptTerm& term : result_.operands)
      for (const Subscript& subscript : term.subscripts) ++count[subscript.name];
    return count;
  }

  constexpr void check_output() {
    const std::vector<std::uint32_t> count = count_names();
    for (const Subscript& subscript : result_.output.subscripts) {
      const bool unnamed_ellipsis = subscript.ellipsis && spelling(result_.names[subscript.name]).empty();
      if (failed() || unnamed_ellipsis || count[subscript.name] > 0) continue;
      fail(ErrorCode::unknown_output_label, subscript.span.begin, subscript.span.end);
    }
  }

  constexpr void deduce_output() {
    if (has_names_) return fail(ErrorCode::implicit_output_with_names, first_name_.begin, first_name_.end);
    const std::vector<std::uint32_t> count = count_names();
    std::vector<char> placed(result_.names.size(), 0);
    std::vector<Subscript> labels;
    for (const SubscriptTerm& term : result_.operands) {
      for (const Subscript& subscript : term.subscripts) {
        if (subscript.ellipsis && !placed[subscript.name]) {
          placed[subscript.name] = 1;
          result_.output.subscripts.push_back(subscript);
        } else if (!subscript.ellipsis && count[subscript.name] == 1) {
          labels.push_back(subscript);
        }
      }
    }
    std::sort(labels.begin(), labels.end(), [&](const Subscript& x, const Subscript& y) {
      return spelling(result_.names[x.name]) < spelling(result_.names[y.name]);
    });
    for (const Subscript& label : labels) result_.output.subscripts.push_back(label);
    const auto end = static_cast<std::uint32_t>(text_.size());
    result_.output.span = {end, end};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Subscripts result_;
  std::vector<Spelling> spellings_;
  std::vector<SubscriptGroup> open_;  // groups whose `)` has not come yet, the innermost last
  bool after_group_ = false;          // since the last comma a group was closed
  bool has_names_ = false;
  Span first_name_{};
};

}  // namespace detail

constexpr Subscripts parse_subscripts(std::string_view text) { return detail::SubscriptParser(text).parse(); }

}  // namespace einc
