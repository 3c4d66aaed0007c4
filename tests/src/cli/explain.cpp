// SPDX-License-Identifier: BSD-3-Clause
#include "cli/explain.hpp"

#include <sstream>

#include <einc/einsum.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

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
