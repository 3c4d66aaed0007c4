#include "parse/parse.hpp"

#include <vector>

#include <fmt/format.h>

namespace einc::parse {
namespace {

std::string_view piece(std::string_view text, Span span) { return text.substr(span.begin, span.end - span.begin); }

constexpr std::size_t longest_word = 64;  // bytes of the text that a sentence repeats; the carets show the rest

std::string hint_for_group(std::string_view text, Span span) {
  const std::string_view found = piece(text, span);
  const bool in_result = text.substr(0, span.begin).find("->") != std::string_view::npos;
  if (in_result) return "the result is one term, without parentheses: `(ij,jk),kl->il`";
  if (found == ")") return "this `)` has no `(` before it";
  if (found.size() > 1 && found.front() == '(') return "write the operands that are contracted first between `(` and `)`: `(ij,jk),kl->il`";
  const std::string_view before = text.substr(0, span.begin);
  const std::size_t at = before.find_last_not_of(" \t\n\r\v\f");
  const bool starts = at == std::string_view::npos || before[at] == ',' || before[at] == '(';
  return starts ? "this `(` has no `)` after it" : "operands and groups are separated by `,`: `(ij,jk),kl->il`";
}

// The labels there are to choose from, when they are few: "; the operands have `i`, `j`".
std::string labels_of_operands(std::string_view text) {
  constexpr std::size_t most = 12;
  const Subscripts subscripts = parse_subscripts(text);
  std::vector<char> found(subscripts.names.size(), 0);
  std::string list;
  std::size_t count = 0;
  for (const SubscriptTerm& operand : subscripts.operands)
    for (const Subscript& subscript : operand.subscripts) {
      if (found[subscript.name] != 0) continue;
      found[subscript.name] = 1;
      if (++count > most) return {};
      list += fmt::format("{}`{}`", list.empty() ? "; the operands have " : ", ", piece(text, subscript.span));
    }
  return list.empty() || list.size() > 200 ? std::string{} : list;
}

// A character as a sentence shows it: control characters and stray bytes by their number.
std::string readable(std::string_view found) {
  const auto lead = static_cast<unsigned char>(found.empty() ? '?' : found[0]);
  const bool printable = found.size() > 1 || (lead >= 0x20 && lead < 0x7F);
  return printable ? std::string(found) : fmt::format("\\x{:02X}", lead);
}

// What a person might have meant.
std::string hint_for(std::string_view text, const Fault& fault) {
  const std::string_view found = piece(text, fault.first);
  switch (fault.code) {
    case ErrorCode::bad_character: {
      if (found.size() == 1 && detail::is_digit(found[0])) {
        // `i2`: one label was meant; names are written in brackets.
        std::uint32_t begin = fault.first.begin, end = fault.first.end;
        while (begin > 0 && (detail::is_letter(text[begin - 1]) || detail::is_digit(text[begin - 1]))) --begin;
        while (end < text.size() && (detail::is_letter(text[end]) || detail::is_digit(text[end]))) ++end;
        const std::string_view word = text.substr(begin, end - begin);
        if (!detail::is_digit(word[0]) && word.size() <= longest_word) return fmt::format("digits stand inside names: write `[{}]`", word);
        return "labels are letters; a name such as `[x1]` may hold digits after its first letter";
      }
      if (found == "=") return "the arrow is written `->`";
      if (found == ";" || found == ":") return "operands are separated by `,`, the result by `->`";
      return "labels are letters, other characters of UTF-8 beyond ASCII, or names such as `[batch]`";
    }
    case ErrorCode::bad_arrow: return "write the result once, after `->`: `ij,jk->ik`";
    case ErrorCode::bad_ellipsis: return "`...` stands for the labels that are not named; `[name...]` gives a second group its own name";
    case ErrorCode::bad_name: return "letters, digits and `_`, not a digit first: `[batch]`, `[batch...]`";
    case ErrorCode::comma_in_output: return "several results need several calls, or a program";
    case ErrorCode::unknown_output_label: return "a label of the result must be in an operand, so that its extent is known" + labels_of_operands(text);
    case ErrorCode::implicit_output_with_names: return "write the result's labels, in the order you want them, after `->`";
    case ErrorCode::bad_grouping: return hint_for_group(text, fault.first);
    default: return {};
  }
}

std::string sentence_for(std::string_view text, const Fault& fault) {
  const std::string_view found = piece(text, fault.first);
  switch (fault.code) {
    case ErrorCode::bad_character: return fmt::format("`{}` is {}", readable(found), sentence_of(fault.code));
    case ErrorCode::unknown_output_label: return found.size() > longest_word ? std::string(sentence_of(fault.code)) : fmt::format("{}: `{}`", sentence_of(fault.code), found);
    default: return std::string(sentence_of(fault.code));
  }
}

}  // namespace

Subscripts parse(std::string_view text) {
  Subscripts subscripts = parse_subscripts(text);
  const Fault& fault = subscripts.fault;
  if (fault.code == ErrorCode::none) return subscripts;
  std::vector<Mark> marks{{fault.first, {}}};
  if (fault.has_second) marks.push_back({fault.second, {}});
  throw Error(fault.code, sentence_for(text, fault), std::string(text), std::move(marks), hint_for(text, fault));
}

}  // namespace einc::parse
