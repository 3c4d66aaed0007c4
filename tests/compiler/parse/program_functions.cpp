#include "parse/program_functions.hpp"

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("functions are found by the names of C++, and only by those") {
  CHECK(parse::find_function("softmax") != nullptr);
  CHECK(parse::find_function("where") != nullptr);
  CHECK(parse::find_function("select") == nullptr);
  CHECK(parse::find_function("") == nullptr);
}

TEST_CASE("usage shows every argument as it is written") {
  CHECK(parse::usage(*parse::find_function("where")) == "where(x, x, x)");
  CHECK(parse::usage(*parse::find_function("slice")) == "slice(x, \"labels\", {begin, end, step}, \"labels\")");
  CHECK(parse::usage(*parse::find_function("split")) == "split(x, \"labels\", \"labels\", {{\"label\", extent}})");
}

TEST_CASE("the distance of two spellings counts letters to change") {
  CHECK(parse::spelling_distance("", "abc") == 3);
  CHECK(parse::spelling_distance("softmax", "sofmax") == 1);
  CHECK(parse::spelling_distance("exp", "exp") == 0);
  CHECK(parse::spelling_distance("kitten", "sitting") == 3);
}

TEST_CASE("a near name is offered, a far one is not") {
  CHECK(parse::nearest_function("permut") == "permute");
  CHECK(parse::nearest_function("qwertyuiop").empty());
  CHECK(parse::nearest_function(std::string(1000, 'a')).empty());
}
