#include "parse/parse.hpp"

#include <string>

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {
std::string message(std::string_view text) {
  try {
    parse::parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no fault";
}
}  // namespace

TEST_CASE("a text without fault is parsed") {
  const Subscripts subscripts = parse::parse("bqhc, bkhc -> bhqk");
  CHECK(subscripts.operands.size() == 2);
  CHECK(subscripts.output.subscripts.size() == 4);
  CHECK(subscripts.has_arrow);
}

TEST_CASE("a fault in the text is told with a caret and a hint") {
  CHECK(message("i2->i") ==
        "`2` is a character that is no label, comma, arrow or ellipsis\n"
        "  i2->i\n"
        "   ^\n"
        "hint: digits stand inside names: write `[i2]`");
  CHECK(message("i->i->") ==
        "the arrow is written `->`, once, without a blank inside\n"
        "  i->i->\n"
        "      ^^\n"
        "hint: write the result once, after `->`: `ij,jk->ik`");
  CHECK(message("ij->iz") ==
        "a label of the result is in no operand: `z`\n"
        "  ij->iz\n"
        "       ^\n"
        "hint: a label of the result must be in an operand, so that its extent is known; the operands have `i`, `j`");
}

TEST_CASE("every digit that starts no word gets a hint without a bad name") {
  CHECK_THAT(message("2->i"), ContainsSubstring("a name such as `[x1]`"));
  CHECK_THAT(message("ab12c->b"), ContainsSubstring("`[ab12c]`"));
}
