#include "parse/parse.hpp"

#include <fmt/format.h>

namespace einc::parse {
namespace {

std::string_view piece(std::string_view text, Span span) { return text.substr(span.begin, span.end - span.begin); }

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
        if (!detail::is_digit(word[0])) return fmt::format("digits stand inside names: write `[{}]`", word);
        return "labels are letters; a name such as `[x1]` may hold digits after its first letter";
      }
      if (found == "(" || found == ")") return "write the operands without brackets, as in `ij,jk->ik`";
      if (found == ";" || found == ":") return "operands are separated by `,`, the result by `->`";
      return "labels are letters, other characters of UTF-8 beyond ASCII, or names such as `[batch]`";
    }
    case ErrorCode::bad_arrow: return "write the result once, after `->`: `ij,jk->ik`";
    case ErrorCode::bad_ellipsis: return "`...` stands for the labels that are not named; `[name...]` gives a second group its own name";
    case ErrorCode::bad_name: return "letters, digits and `_`, not a digit first: `[batch]`, `[batch...]`";
    case ErrorCode::comma_in_output: return "several results need several calls, or a program";
    case ErrorCode::unknown_output_label: return "a label of the result must be in an operand, so that its extent is known";
    case ErrorCode::implicit_output_with_names: return "write the result's labels, in the order you want them, after `->`";
    default: return {};
  }
}

std::string sentence_for(std::string_view text, const Fault& fault) {
  const std::string_view found = piece(text, fault.first);
  switch (fault.code) {
    case ErrorCode::bad_character: return fmt::format("`{}` is {}", found, sentence_of(fault.code));
    case ErrorCode::unknown_output_label: return fmt::format("{}: `{}`", sentence_of(fault.code), found);
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
