// explain() as data: JSON that parses and says what the summary says, DOT that holds the tree.
#include <algorithm>
#include <set>
#include <string>

#include <einc/einsum.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("the JSON form parses and agrees with plan()") {
  const Compiled compiled = compile("ij,jk,kl->il", {{10, 100}, {100, 5}, {5, 50}}, {.dtype = DType::f64, .threads = 2});
  const auto json = nlohmann::json::parse(compiled.explain(Format::json));
  const PlanSummary& plan = compiled.plan();
  CHECK(json.at("subscripts") == "ij,jk,kl->il");
  CHECK(json.at("dtype") == "f64");
  CHECK(json.at("operands").get<std::vector<Shape>>() == std::vector<Shape>{{10, 100}, {100, 5}, {5, 50}});
  CHECK(json.at("result").get<Shape>() == Shape{10, 50});
  CHECK(json.at("target").at("isa").get<std::string>() == plan.isa);
  CHECK(json.at("target").at("threads") == 2);
  CHECK(json.at("totals").at("flops") == plan.flops);
  CHECK(json.at("totals").at("naive_flops") == plan.naive_flops);
  CHECK(json.at("totals").at("arena_bytes") == plan.arena_bytes);
  CHECK(json.at("cache").at("capacity") == cache_state().capacity);
  REQUIRE(json.at("steps").size() == plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    CHECK(json.at("steps")[i].at("kernel").get<std::string>() == plan.steps[i].kernel);
    CHECK(!json.at("steps")[i].at("loops").empty());
  }
  std::set<std::string> passes;
  for (const auto& pass : json.at("passes")) passes.insert(pass.at("name").get<std::string>());
  for (const std::string& name : pass_names()) CHECK(passes.count(name) == 1);
}

TEST_CASE("the JSON form survives a text with bytes that JSON must escape") {
  const auto json = nlohmann::json::parse(explain("λ\t,λ\n->", {{3}, {3}}, {}, Format::json));
  CHECK(json.at("subscripts").get<std::string>() == "λ\t,λ\n->");
}

TEST_CASE("the DOT form is a graph with one box an operand and a step") {
  const std::string dot = explain("ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}}, {}, Format::dot);
  CHECK(dot.starts_with("digraph"));
  CHECK_THAT(dot, ContainsSubstring("operand 2"));
  CHECK_THAT(dot, ContainsSubstring("v0 -> v"));
  CHECK(std::count(dot.begin(), dot.end(), '{') == std::count(dot.begin(), dot.end(), '}'));
}
