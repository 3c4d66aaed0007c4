// saved_plan.cpp: a plan outlives its process: the text gives the same plan without a search, or says which field is wrong.
#include "api/saved_plan.hpp"

#include <limits>
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

const std::string chain = "ij,jk,kl,lm->im";
const std::vector<Shape> shapes = {{10, 40}, {40, 3}, {3, 50}, {50, 7}};

bool same_plan(const Compiled& x, const Compiled& y) {
  if (x.plan().steps.size() != y.plan().steps.size() || x.plan().order != y.plan().order || x.plan().arena_bytes != y.plan().arena_bytes) return false;
  for (std::size_t i = 0; i < x.plan().steps.size(); ++i)
    if (x.plan().steps[i].text != y.plan().steps[i].text || x.plan().steps[i].kernel != y.plan().steps[i].kernel) return false;
  return x.plan().flops == y.plan().flops;
}

// What is said of a plan after one field was changed.
template <class Change>
std::string fault(Change&& change, const std::string& text = chain, const std::vector<Shape>& of = shapes) {
  auto json = nlohmann::json::parse(compile(chain, shapes).plan_json());
  change(json);
  Options options;
  options.plan = json.dump();
  try {
    compile(text, of, options);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_plan);
    return error.sentence();
  }
  return "taken";
}

const auto as_it_is = [](nlohmann::json&) {};

}  // namespace

TEST_CASE("a saved plan keeps the type of the sums") {
  for (const Accumulate sums : {Accumulate::same, Accumulate::wide, Accumulate(DType::f64), Accumulate(DType::c64), Accumulate(DType::f32)}) {
    const Compiled first = compile(chain, shapes, {.accumulate = sums});
    const auto json = nlohmann::json::parse(first.plan_json());
    CHECK(json["options"]["accumulate"] == (sums == Accumulate::same ? "same" : sums == Accumulate::wide ? "wide" : std::string(name_of(sums.dtype))));
    CHECK(load_plan(first.plan_json()).dtype() == sums.of(DType::f32));
  }
}

TEST_CASE("a saved plan is the plan, whoever would plan otherwise") {
  for (const Planner planner : {Planner::automatic, Planner::left_to_right, Planner::greedy}) {
    Options made;
    made.planner = planner;
    const Compiled first = compile(chain, shapes, made);
    Options options;
    options.plan = first.plan_json();
    const Compiled again = compile(chain, shapes, options);
    CHECK(same_plan(first, again));
    CHECK_THAT(again.plan().method, ContainsSubstring("given by a saved plan") && ContainsSubstring(first.plan().method));
    CHECK(same_plan(first, load_plan(first.plan_json())));
    CHECK(nlohmann::json::parse(again.plan_json()) == nlohmann::json::parse(first.plan_json()));  // and it may be saved again
  }
}

TEST_CASE("a plan made for other types still fits, and brings its own when it is loaded alone") {
  Options made;
  made.dtypes = {DType::f64, DType::f32, DType::f32, DType::f32};
  made.semiring = semiring::custom("max-min", "max(x, y)", "min(x, y)", -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity());
  const Compiled first = compile(chain, shapes, made);
  const Compiled loaded = load_plan(first.plan_json());
  CHECK(loaded.operand_dtypes() == first.operand_dtypes());
  CHECK(loaded.plan_json() == first.plan_json());
  Options plain;
  plain.plan = first.plan_json();
  CHECK(compile(" ij, jk,kl,lm -> im", shapes, plain).plan().order == first.plan().order);
}

TEST_CASE("programs and groups have one order for every contraction of three and more") {
  const Program program = Program::parse("input a \"ij\"\ninput b \"jk\"\ninput c \"kl\"\nt = exp(einsum(\"ij,jk,kl->il\", a, b, c))\n"
                                         "output x = t\noutput y = einsum(\"ij,jk,kl,il->\", a, b, c, t)\n");
  Options made;
  made.planner = Planner::left_to_right;
  const Compiled first = compile(program, {{4, 50}, {50, 6}, {6, 70}}, made);
  CHECK(nlohmann::json::parse(first.plan_json()).at("orders").size() == 2);
  const Compiled again = load_plan(first.plan_json());
  CHECK(same_plan(first, again));
  const Compiled grouped = compile("(ab,bc,cd),(de,ef,fg)->ag", {{2, 9}, {9, 2}, {2, 9}, {9, 2}, {2, 9}, {9, 2}}, made);
  CHECK(nlohmann::json::parse(grouped.plan_json()).at("orders").size() == 2);
  CHECK(same_plan(grouped, load_plan(grouped.plan_json())));
}

TEST_CASE("a plan of version 1, which knew no slices, is still read") {
  const Compiled first = compile(chain, shapes);
  auto json = nlohmann::json::parse(first.plan_json());
  json["einc_plan"] = 1;
  for (const char* field : {"objective", "slices_per_task", "slices_asked_for", "most_shared", "slicing_overhead", "memory_limit"}) json.erase(field);
  CHECK(same_plan(first, load_plan(json.dump())));
  json["slices"] = {{{"labels", {"j"}}, {"parts", 4}}};
  CHECK_THROWS_WITH(load_plan(json.dump()), ContainsSubstring("plans of version 1 do not"));
}

TEST_CASE("equal operands are computed once by a loaded plan where they were, and not where the order was chosen for memory") {
  const Array<double> array({30, 30});
  const std::vector<ArrayRef> refs(4, ArrayRef{array.data(), DType::f64, array.extents(), array.strides()});
  for (const Objective objective : {Objective::seconds, Objective::size}) {
    Options made;
    made.objective = objective;
    const Compiled first = compiled_for("ij,jk,kl,lm->im", refs, made);
    Options options;
    options.plan = first.plan_json();
    CHECK(same_plan(first, compiled_for("ij,jk,kl,lm->im", refs, options)));
  }
}

TEST_CASE("a plan of something else is refused with both") {
  CHECK(fault(as_it_is) == "taken");
  CHECK(fault(as_it_is, "ij,jk,kl,lm->mi") == "`einsum` of the plan is `ij,jk,kl,lm->im`, the call has `ij,jk,kl,lm->mi`");
  CHECK(fault(as_it_is, chain, {{10, 40}, {40, 3}, {3, 50}, {50, 8}}) == "`shapes[3]` of the plan is [50, 7], operand 3 has shape [50, 8]");
  CHECK_THAT(fault([](auto& json) { json["shapes"].erase(3), json["dtypes"].erase(3), json["options"]["conjugate"].erase(3); }), ContainsSubstring("3 entries, the call 4 operands"));
  Options options;
  options.plan = compile(chain, shapes).plan_json();
  CHECK_THROWS_WITH(compile(Program::parse("input a \"i\"\noutput b = exp(a)\n"), {{3}}, options), ContainsSubstring("of an einsum, the call of a program"));
  options.order = {{0, 1}, {0, 1}, {0, 1}};
  CHECK_THROWS_WITH(compile(chain, shapes, options), ContainsSubstring("`order` and `plan`"));
}

TEST_CASE("a broken plan is refused with the field") {
  CHECK(fault([](auto& json) { json["einc_plan"] = 3; }) == "`einc_plan` of the plan is 3, and this release reads 1 and 2");
  CHECK_THAT(fault([](auto& json) { json.erase("einc_plan"); }), ContainsSubstring("no saved plan"));
  for (const char* field : {"shapes", "dtypes", "options", "method", "objective", "orders", "slices", "slices_per_task", "slices_asked_for", "most_shared", "slicing_overhead", "memory_limit"})
    CHECK(fault([&](auto& json) { json.erase(field); }) == std::string("the plan has no field `") + field + "`");
  CHECK(fault([](auto& json) { json["orders"][0][1] = {0}; }) == "`orders[0][1]` of the plan is [0], not a list of two places or more");
  CHECK(fault([](auto& json) { json["orders"][0][1][0] = -1; }) == "`orders[0][1][0]` of the plan is -1, not a whole number, 0 or more");
  CHECK(fault([](auto& json) { json["orders"][0][1][0] = 1e300; }).starts_with("`orders[0][1][0]` of the plan is 1e+300, not a"));
  CHECK_THAT(fault([](auto& json) { json["orders"][0][0] = {0, 9}; }), ContainsSubstring("`orders[0]`") && ContainsSubstring("names operand 9"));
  CHECK_THAT(fault([](auto& json) { json["orders"] = nlohmann::json::array(); }), ContainsSubstring("orders of 0 contractions"));
  CHECK_THAT(fault([](auto& json) { json["orders"].push_back(json["orders"][0]); }), ContainsSubstring("orders of 2 contractions, and there are 1"));
  CHECK_THAT(fault([](auto& json) { json["orders"][0].erase(0); }), ContainsSubstring("`orders[0]` of the plan is of 3 operands, and that contraction has 4"));
  CHECK(fault([](auto& json) { json["dtypes"][0] = "f80"; }) == "`dtypes[0]` of the plan is `f80`, which this release does not know");
  CHECK_THAT(fault([](auto& json) { json["options"]["semiring"]["algebra"] = 3; }), ContainsSubstring("`options.semiring.algebra`"));
  CHECK_THAT(fault([](auto& json) { json["objective"] = "luck"; }), ContainsSubstring("`objective` of the plan is `luck`"));
  CHECK_THAT(fault([](auto& json) { json["shapes"][1] = "x"; }), ContainsSubstring("`shapes[1]`"));
  const std::string whole = compile(chain, shapes).plan_json();
  for (std::size_t size = 1; size + 2 < whole.size(); size += 7) {
    INFO(size);
    CHECK_THROWS_WITH(load_plan(whole.substr(0, size)), ContainsSubstring("no JSON"));
  }
  for (const char* text : {"", "[]", "3", "null", "\"x\"", "{}", "\xff"}) CHECK_THROWS_AS(load_plan(text), Error);
  CHECK_THROWS_AS(load_plan(std::string(100000, '[')), Error);
}
