// explain_constants.cpp: explain() names the constants, and what is computed before any call.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

Options constant(std::vector<std::uint32_t> operands) {
  Options options;
  options.constants = std::move(operands);
  return options;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("explain() says which steps are computed beforehand, and what a call saves") {
  const Compiled compiled = compile("ij,jk,kl->il", {{2, 64}, {64, 64}, {64, 64}}, constant({1, 2}));
  const std::string text = compiled.explain();
  INFO(text);
  CHECK(holds(text, "operand 1  jk  [64, 64] constant"));
  CHECK(!holds(text, "operand 0  ij  [2, 64] constant"));
  CHECK(holds(text, "(operand 1, operand 2)   beforehand"));
  CHECK(holds(text, "before  operands 1, 2 are constant: step 1 is computed once, not in every call; that saves a call 524 kflop"));
  const auto json = nlohmann::json::parse(compiled.explain(Format::json));
  CHECK(json["constants"]["operands"] == std::vector<int>{1, 2});
  CHECK(json["constants"]["beforehand_steps"] == 1);
  CHECK(json["constants"]["beforehand_bytes"] == 64 * 64 * 4);
  CHECK(json["steps"][0]["beforehand"] == true);
  CHECK(!json["steps"][1].contains("beforehand"));
  CHECK(json["totals"]["flops"] == 2 * 2 * 64 * 64);
  CHECK(holds(compiled.explain(Format::dot), "style=dashed"));
  CHECK(holds(compiled.explain(Format::html), "beforehand, as all it reads is constant"));
}

TEST_CASE("constants that meet nothing but what varies are all a call computes with") {
  const std::string text = compile("ij,jk->ik", {{2, 64}, {64, 64}}, constant({1})).explain();
  CHECK(holds(text, "before  operand 1 is constant: no step reads nothing else"));
  CHECK(!holds(compile("ij,jk->ik", {{2, 64}, {64, 64}}).explain(), "before  "));
}

TEST_CASE("of a program they go by the names of its inputs") {
  Program p;
  const Tensor x = p.input("x", "i"), w = p.input("w", "ij");
  p.output("y", einsum("i,ij->j", x, exp(w)));
  const std::string text = compile(p, {{40}, {40, 30}}, constant({1})).explain();
  INFO(text);
  CHECK(holds(text, "input      w  [40, 30] constant"));
  CHECK(holds(text, "before  w is constant: step 1 is computed once"));
}
