#include "parse/parse.hpp"

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("parsed text prints one line a term, each label with its bytes") {
  const std::string_view text = "i j, ...j -> [i]...";
  CHECK(parse::print(parse::parse(text), text) ==
        "operand 0 `i j` i@0-1 j@2-3\n"
        "operand 1 `...j` ...@5-8 j@8-9\n"
        "result `[i]...` i@13-16 ...@16-19\n");
}

TEST_CASE("a deduced result says so") {
  CHECK_THAT(parse::print(parse::parse("ba"), "ba"), ContainsSubstring("result (deduced) `` a@1-2 b@0-1"));
}
