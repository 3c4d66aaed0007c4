// program_tokens.cpp: names, numbers, quoted texts and signs; blanks and comments are skipped.
// SPDX-License-Identifier: BSD-3-Clause
#include "parse/program_tokens.hpp"

#include <algorithm>
#include <charconv>
#include <locale>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <einc/subscripts.hpp>

namespace einc::parse {
namespace {

using detail::is_digit, detail::is_letter, detail::utf8_length;

// Not every standard library reads floating-point numbers with from_chars yet.
template <class Number>
bool read(std::string_view digits, Number& number) {
  if constexpr (requires { std::from_chars(digits.data(), digits.data(), number); }) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size();
  } else {
    std::istringstream stream{std::string(digits)};
    stream.imbue(std::locale::classic());
    return static_cast<bool>(stream >> number) && stream.peek() == std::char_traits<char>::eof();
  }
}

}  // namespace

void ProgramTokens::fail(Span span, std::uint32_t line, std::string_view sentence, std::string hint) const {
  throw Error(ErrorCode::bad_program, fmt::format("line {}: {}", line, sentence), std::string(text_), {{span, {}}}, std::move(hint));
}

std::string ProgramTokens::shown() const {
  if (token_.kind == ProgramToken::Kind::end) return "the end of the program";
  if (token_.kind == ProgramToken::Kind::line_end) return "the end of the line";
  return fmt::format("`{}`", text_.substr(token_.span.begin, token_.span.end - token_.span.begin));
}

void ProgramTokens::finish(ProgramToken::Kind kind, std::size_t begin, std::size_t end) {
  token_.kind = kind;
  token_.span = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  token_.line = line_;
  token_.written = text_.substr(begin, end - begin);
  at_ = end;
}

void ProgramTokens::advance() {
  using Kind = ProgramToken::Kind;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '#') {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (c == '\n' && brackets_ <= 0) {
      finish(Kind::line_end, at_, at_ + 1);
      ++line_;
      return;
    } else if (detail::is_space(c)) {
      line_ += c == '\n';
      ++at_;
    } else {
      break;
    }
  }
  if (at_ == text_.size()) return finish(Kind::end, at_, at_);
  const std::size_t begin = at_;
  const char c = text_[begin];
  const auto next = [&](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  if (is_digit(c) || (c == '.' && is_digit(next(begin + 1)))) return read_number();
  if (c == '"') {
    std::size_t end = begin + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') ++end;
    if (next(end) != '"') {
      finish(Kind::text, begin, end);
      fail("a text has no closing `\"`");
    }
    finish(Kind::text, begin, end + 1);
    token_.written = text_.substr(begin + 1, end - begin - 1);
    return;
  }
  std::size_t end = begin;
  while (end < text_.size()) {
    const std::uint32_t length = utf8_length(text_, end);
    const bool inside = length > 1 || (length == 1 && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '_'));
    if (!inside) break;
    end += length;
  }
  if (end > begin) return finish(Kind::name, begin, end);
  for (const std::string_view sign : {"<=", ">=", "==", "!=", "&&", "||"})
    if (text_.substr(begin, 2) == sign) return finish(Kind::sign, begin, begin + 2);
  finish(Kind::sign, begin, begin + std::max<std::size_t>(utf8_length(text_, begin), 1));
  if (std::string_view("+-*/<>=!(){},").find(c) == std::string_view::npos) fail(fmt::format("{} means nothing in a program", shown()));
}

void ProgramTokens::read_number() {
  const std::size_t begin = at_;
  std::size_t end = begin;
  const auto skip_digits = [&] {
    while (end < text_.size() && is_digit(text_[end])) ++end;
  };
  skip_digits();
  if (end < text_.size() && text_[end] == '.') ++end, skip_digits();
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
    if (exponent < text_.size() && is_digit(text_[exponent])) end = exponent, skip_digits();
  }
  finish(ProgramToken::Kind::number, begin, end);
  if (end < text_.size() && (is_letter(text_[end]) || text_[end] == '_' || text_[end] == '.' || utf8_length(text_, end) > 1)) {
    token_.span.end = static_cast<std::uint32_t>(end + std::max<std::size_t>(utf8_length(text_, end), 1));
    fail(fmt::format("{} is neither a number nor a name", shown()), "names do not begin with a digit");
  }
  if (!read(token_.written, token_.number)) fail(fmt::format("the number {} does not fit into 64 bits", shown()));
}

}  // namespace einc::parse
