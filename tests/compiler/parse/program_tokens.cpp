#include "parse/program_tokens.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using Kind = parse::ProgramToken::Kind;

namespace {

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> result;
  for (parse::ProgramTokens tokens(text); tokens.now().kind != Kind::end; tokens.advance())
    result.push_back(tokens.now().kind == Kind::line_end ? "\\n" : std::string(tokens.now().written));
  return result;
}
std::string sentence(std::string_view text) {
  return test::sentence_of([&] { pieces(text); });
}

}  // namespace

TEST_CASE("blanks and comments are skipped, lines are not") {
  CHECK(pieces("a=1 # b\n\tc") == std::vector<std::string>{"a", "=", "1", "\\n", "c"});
  CHECK(pieces("").empty());
  CHECK(pieces("# only this").empty());
}

TEST_CASE("a sign of two characters is one token") {
  CHECK(pieces("a<=b<c&&d||!e!=f") == std::vector<std::string>{"a", "<=", "b", "<", "c", "&&", "d", "||", "!", "e", "!=", "f"});
}

TEST_CASE("names hold letters, digits, underscores and UTF-8; texts lose their quotes") {
  CHECK(pieces("λ_1 \"b[λ]\"") == std::vector<std::string>{"λ_1", "b[λ]"});
}

TEST_CASE("numbers are read whole, and by value") {
  parse::ProgramTokens tokens("1e-3");
  CHECK(tokens.now().number == 1e-3);
  CHECK(tokens.now().span == Span{0, 4});
  CHECK(pieces("2.5*.5") == std::vector<std::string>{"2.5", "*", ".5"});
  CHECK(sentence("2x") == "line 1: `2x` is neither a number nor a name");
  CHECK(sentence("1.2.3") == "line 1: `1.2.` is neither a number nor a name");
  CHECK(sentence("1e999") == "line 1: the number `1e999` does not fit into 64 bits");
}

TEST_CASE("what means nothing is told with its line") {
  CHECK(sentence("a\nb = 3 ~") == "line 2: `~` means nothing in a program");
  CHECK(sentence("a & b") == "line 1: `&` means nothing in a program");
  CHECK(sentence("\"open") == "line 1: a text has no closing `\"`");
  CHECK(sentence("\xff") == "line 1: `\xff` means nothing in a program");
}

TEST_CASE("inside brackets a line may end") {
  parse::ProgramTokens tokens("(\na\n)");
  tokens.open_bracket();
  tokens.advance();
  CHECK(tokens.now().written == "a");
  CHECK(tokens.now().line == 2);
  tokens.advance();
  CHECK(tokens.at(")"));
}
