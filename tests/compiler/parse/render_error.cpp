#include <string>

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("marks stand under the bytes they name, each on its own line") {
  const Error error(ErrorCode::extent_mismatch, "label `j` has two extents", "ij,jk->ik",
                    {{{1, 2}, "128 in operand 0, shape [64, 128]"}, {{3, 4}, "127 in operand 1, shape [127, 32]"}}, "say less");
  CHECK(std::string(error.what()) ==
        "label `j` has two extents\n"
        "  ij,jk->ik\n"
        "   ^ 128 in operand 0, shape [64, 128]\n"
        "     ^ 127 in operand 1, shape [127, 32]\n"
        "hint: say less");
  CHECK(error.code() == ErrorCode::extent_mismatch);
  CHECK(error.sentence() == "label `j` has two extents");
  CHECK(error.marks().size() == 2);
}

TEST_CASE("columns count characters as a terminal shows them, not bytes") {
  // Greek letters take two bytes and one column, a CJK label three bytes and two columns.
  const std::string text = "\xCE\xBB\xCE\xBC,\xE6\x97\xA5x";
  CHECK(std::string(Error(ErrorCode::bad_character, "s", text, {{{2, 4}, "mu"}}).what()) == "s\n  " + text + "\n   ^ mu");
  CHECK(std::string(Error(ErrorCode::bad_character, "s", text, {{{8, 9}, "x"}}).what()) == "s\n  " + text + "\n       ^ x");
  CHECK(std::string(Error(ErrorCode::bad_character, "s", text, {{{5, 8}, "day"}}).what()) == "s\n  " + text + "\n     ^^ day");
}

TEST_CASE("control characters and stray bytes never reach the terminal") {
  const std::string text = "a\x1b[31m\xff\tb";
  const std::string shown = Error(ErrorCode::bad_character, "s", text, {{{1, 2}, ""}}).what();
  CHECK(shown == "s\n  a?[31m? b\n   ^");
}

TEST_CASE("a long text is shown around each mark") {
  const std::string text = std::string(300, 'a') + "X" + std::string(300, 'b') + "Y" + std::string(300, 'c');
  const std::string shown = Error(ErrorCode::extent_mismatch, "s", text, {{{300, 301}, "first"}, {{601, 602}, "second"}}).what();
  CHECK(shown ==
        "s\n  ... " + std::string(24, 'a') + "X" + std::string(24, 'b') + " ...\n  " + std::string(28, ' ') + "^ first" +
        "\n  ... " + std::string(24, 'b') + "Y" + std::string(24, 'c') + " ...\n  " + std::string(28, ' ') + "^ second");
}

TEST_CASE("a mark past the end of the text gets one caret behind it") {
  CHECK(std::string(Error(ErrorCode::bad_arrow, "s", "ab", {{{2, 2}, ""}}).what()) == "s\n  ab\n    ^");
}

TEST_CASE("of a text of several lines only those with marks are shown") {
  const Error error(ErrorCode::bad_program, "two lines", "one\ntwo three\nfour", {{{8, 13}, "here"}, {{14, 18}, {}}});
  CHECK(std::string(error.what()) == "two lines\n  two three\n      ^^^^^ here\n  four\n  ^^^^");
  const Error at_end(ErrorCode::bad_program, "the end", "one\ntwo", {{{3, 4}, {}}, {{7, 7}, {}}});
  CHECK(std::string(at_end.what()) == "the end\n  one\n     ^\n  two\n     ^");
}
