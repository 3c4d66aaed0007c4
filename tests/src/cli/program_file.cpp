// SPDX-License-Identifier: BSD-3-Clause
#include "cli/program_file.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

using Numbers = std::vector<std::size_t>;

std::string message_of(const std::vector<std::string>& names, const std::vector<Named>& arguments) {
  try {
    assign(names, arguments, "input", "shape");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_option);
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("only what ends in .einc is the file of a program") {
  CHECK(is_program_file("attention.einc"));
  CHECK(is_program_file("a/b.einc"));
  for (const char* text : {"ij,jk->ik", "", "einc", "a.einc.npy", "...i->..."}) CHECK_FALSE(is_program_file(text));
}

TEST_CASE("a program is read as it is, and what cannot be read is named") {
  const test::TemporaryFolder folder;
  const std::string text = "input x \"a\"\r\n" + std::string(10000, '#') + "\noutput y = x", path = folder.put("p.einc", text);
  CHECK(read_program_file(path) == text);
  CHECK(read_program_file(folder.put("empty.einc", "")).empty());
  for (const std::string& wrong : {folder / "none.einc", folder / ""}) {
    INFO(wrong);
    CHECK_THROWS_WITH(read_program_file(wrong), ContainsSubstring(wrong));
  }
}

TEST_CASE("an argument with an equals sign has a name, unless that is part of a path") {
  CHECK(parse_named("q=q.npy") == Named{"q", "q.npy"});
  CHECK(parse_named("q=dir/a=b.npy") == Named{"q", "dir/a=b.npy"});
  CHECK(parse_named("q=") == Named{"q", ""});
  for (const char* text : {"q.npy", "./a=b.npy", "=x", "", "-"}) CHECK(parse_named(text) == Named{"", text});
}

TEST_CASE("arguments with a name go to it, the others to what is left, in order") {
  CHECK(assign({"q", "k", "v"}, {{"", "1"}, {"", "2"}, {"", "3"}}, "input", "shape") == Numbers{0, 1, 2});
  CHECK(assign({"q", "k", "v"}, {{"v", "1"}, {"q", "2"}, {"k", "3"}}, "input", "shape") == Numbers{1, 2, 0});
  CHECK(assign({"q", "k", "v"}, {{"", "1"}, {"q", "2"}, {"", "3"}}, "input", "shape") == Numbers{1, 0, 2});
  CHECK(assign({}, {}, "input", "shape").empty());
}

TEST_CASE("arguments that do not fit the names are told with both") {
  CHECK_THAT(message_of({"q", "k"}, {{"", "1"}}), ContainsSubstring("2 inputs, and 1 shape is given") && ContainsSubstring("without a shape: `k`"));
  CHECK_THAT(message_of({"q"}, {}), ContainsSubstring("1 input, and 0 shapes are given"));
  CHECK_THAT(message_of({"q"}, {{"", "1"}, {"", "2"}}), ContainsSubstring("1 input, and 2 shapes are given"));
  CHECK_THAT(message_of({}, {{"", "1"}}), ContainsSubstring("0 inputs") && ContainsSubstring("none"));
  CHECK_THAT(message_of({"q", "k"}, {{"x", "1"}, {"", "2"}}), ContainsSubstring("no input `x`") && ContainsSubstring("`q`, `k`"));
  CHECK_THAT(message_of({"q", "k"}, {{"q", "1"}, {"q", "2"}}), ContainsSubstring("`q` is given two shapes: 1 and 2"));
}
