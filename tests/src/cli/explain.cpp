// SPDX-License-Identifier: BSD-3-Clause
#include "cli/explain.hpp"

#include <sstream>

#include <einc/einsum.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

TEST_CASE("shapes are written with commas, with or without brackets") {
  for (const char* text : {"2,128,8", "[2, 128, 8]", "(2,128,8)", " 2 , 128 , 8 ", "2x128x8", "(2,128,8,)"}) CHECK(parse_shape(text) == Shape{2, 128, 8});
  for (const char* text : {"", "[]", "()", "  "}) CHECK(parse_shape(text).empty());
  CHECK(parse_shape("0") == Shape{0});
}

TEST_CASE("what is no shape is refused") {
  for (const char* text : {"2,x", "-1", "2,,3", ",", "[2", "2]", "[2)", "2 3", "1.5", "99999999999999999999", "1e3"})
    CHECK_THROWS_AS(parse_shape(text), Error);
}

TEST_CASE("explain writes what the library says") {
  ExplainRequest request{.text = "ij,jk->ik", .shapes = {{2, 3}, {3, 4}}};
  std::ostringstream text, json, pass;
  explain(request, text);
  CHECK_THAT(text.str(), ContainsSubstring("ij,jk->ik"));
  CHECK(text.str().back() == '\n');
  request.format = Format::json;
  explain(request, json);
  CHECK(nlohmann::json::accept(json.str()));
  request.print_after = pass_names().front();
  explain(request, pass);
  CHECK_FALSE(pass.str().empty());
  request.print_after = "no-such-pass";
  CHECK_THROWS_AS(explain(request, pass), Error);
}

TEST_CASE("a program is explained for shapes in order or by name, and its passes are shown") {
  const std::string path = EINC_TEST_SOURCES "/../docs/examples/attention.einc";
  ExplainRequest request{.text = {}, .program = path, .shapes = {{1, 16, 2, 8}, {1, 24, 2, 8}, {1, 24, 2, 8}}};
  request.options.stream = Stream::require;
  const auto explained = [&] {
    std::ostringstream out;
    explain(request, out);
    return out.str();
  };
  const std::string in_order = explained();
  CHECK_THAT(in_order, ContainsSubstring("input      k  [1, 24, 2, 8]") && ContainsSubstring("output     o  [1, 16, 2, 8]") && ContainsSubstring("streamed along k"));
  request.shapes = {{1, 24, 2, 8}, {1, 16, 2, 8}, {1, 24, 2, 8}};
  request.names = {"v", "q", ""};
  CHECK(explained() == in_order);
  request.options.stream = Stream::forbid;
  CHECK_THAT(explained(), !ContainsSubstring("streamed along") && ContainsSubstring("Stream::forbid"));
  for (const Format format : {Format::json, Format::dot}) {
    request.format = format;
    CHECK_FALSE(explained().empty());
  }
  request.print_after = "all";
  CHECK_THAT(explained(), ContainsSubstring("after bind:") && ContainsSubstring("after stream:") && ContainsSubstring("after lower:"));
  request.names = {"v", "q", "x"};
  CHECK_THROWS_WITH(explained(), ContainsSubstring("no input `x`"));
  request.names = {};
  request.shapes.pop_back();
  CHECK_THROWS_WITH(explained(), ContainsSubstring("3 inputs, and 2 shapes are given"));
}

TEST_CASE("a fault of a program shows its line") {
  const test::TemporaryFolder folder;
  std::ostringstream out;
  const auto explain_text = [&](const std::string& text) { explain({.text = {}, .program = folder.put("p.einc", text), .shapes = {{2}}}, out); };
  CHECK_THROWS_WITH(explain_text("input x \"a\"\noutput y = x + z"), ContainsSubstring("output y = x + z\n") && ContainsSubstring("^"));
  CHECK_THROWS_WITH(explain_text("input x \"ab\"\noutput y = x"), ContainsSubstring("input x \"ab\"\n") && ContainsSubstring("[2]"));
  CHECK_THROWS_AS(explain_text(""), Error);
  CHECK_THROWS_AS(explain_text(std::string("\0\xff\x80", 3)), Error);
  CHECK(out.str().empty());
}
