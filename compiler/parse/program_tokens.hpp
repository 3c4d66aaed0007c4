// program_tokens.hpp: a program text cut into tokens, one at a time. Knows characters and lines; no grammar.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <einc/error.hpp>

namespace einc::parse {

struct ProgramToken {
  enum class Kind : std::uint8_t { name, number, text, sign, line_end, end } kind = Kind::end;
  Span span;
  std::uint32_t line = 1;
  std::string_view written;  // a text: without its quotes
  double number = 0;
};

class ProgramTokens {
 public:
  explicit ProgramTokens(std::string_view text) : text_(text) { advance(); }

  const ProgramToken& now() const { return token_; }
  bool at(std::string_view sign) const { return token_.kind == ProgramToken::Kind::sign && token_.written == sign; }
  void advance();

  // Between brackets a line may end anywhere.
  void open_bracket() { ++brackets_; }
  void close_bracket() { --brackets_; }

  [[noreturn]] void fail(Span span, std::uint32_t line, std::string_view sentence, std::string hint = {}) const;
  [[noreturn]] void fail(std::string_view sentence, std::string hint = {}) const { fail(token_.span, token_.line, sentence, std::move(hint)); }
  std::string shown() const;  // the present token, for messages

 private:
  void read_number();
  void finish(ProgramToken::Kind kind, std::size_t begin, std::size_t end);

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  int brackets_ = 0;
  ProgramToken token_;
};

}  // namespace einc::parse
