// explain() in words: what a person looks for must be there.
#include <string>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("the plan in words names operands, result, machine, kernels, reasons, costs and the cache") {
  const std::string text = explain("bqhc,bkhc->bhqk", {{2, 128, 8, 64}, {2, 128, 8, 64}}, {.threads = 2});
  for (const char* part : {"bqhc,bkhc->bhqk", "f32", "[2, 128, 8, 64]", "[2, 8, 128, 128]", "row-major", "2 threads", "b=2", "q=128", "kernel",
                           "contract", "because", "predicted", "33.6 Mflop", "arena", "cache"}) {
    INFO(part << " in\n" << text);
    CHECK_THAT(text, ContainsSubstring(part));
  }
  CHECK_THAT(text, ContainsSubstring(this_cpu().isas.back()));
}

TEST_CASE("a chain shows what the order saves over one loop nest") {
  const Compiled chain = compile("ij,jk,kl->il", {{10, 100}, {100, 5}, {5, 50}}, {.threads = 1, .isa = "baseline"});
  const PlanSummary& plan = chain.plan();
  CHECK(plan.isa == "baseline");
  CHECK(plan.threads == 1);
  CHECK(plan.steps.size() == 2);
  CHECK(plan.flops < plan.naive_flops);
  CHECK(plan.largest_intermediate_bytes > 0);
  CHECK(plan.arena_bytes >= static_cast<std::int64_t>(plan.largest_intermediate_bytes));
  for (const StepSummary& step : plan.steps) {
    CHECK(!step.kernel.empty());
    CHECK(!step.reason.empty());
    CHECK(step.text.find("->") != std::string::npos);
  }
  CHECK_THAT(chain.explain(), ContainsSubstring("baseline, 1 thread\n"));
}

TEST_CASE("strides of operands are told, and the cache's state is") {
  Array<float> a({4, 6});
  for (std::size_t n = 0; n < a.size(); ++n) a[n] = 1;
  clear_cache();
  einsum("ij->j", a);
  einsum("ij->j", a);
  CHECK_THAT(explain("ij->j", {{4, 6}}), ContainsSubstring("1 of"));
  CHECK_THAT(explain("ij->j", {{4, 6}}), ContainsSubstring("1 hit, 1 miss"));
}

TEST_CASE("every kind of call can be explained") {
  for (const auto& [text, shapes] : std::vector<std::pair<std::string, std::vector<Shape>>>{
           {"", {{}}}, {"->", {{}}}, {"i->i", {{3}}}, {"i->ii", {{3}}}, {"ii->", {{3, 3}}}, {"ij,jk->ik", {{2, 0}, {0, 3}}},
           {"ij,jk->ik", {{0, 2}, {2, 3}}}, {"...i,...i->...", {{2, 3, 4}, {3, 4}}}, {"[batch]i->[batch]", {{2, 3}}},
           {"λμ,μ->λ", {{2, 3}, {3}}}, {"i,i,i,i,i,i,i,i,i,i,i,i,i,i->i", std::vector<Shape>(14, {3})}}) {
    INFO(text);
    for (const Format format : {Format::text, Format::json, Format::dot}) CHECK(explain(text, shapes, {}, format).size() > 20);
  }
}

TEST_CASE("a long plan shows its costliest steps and counts the others") {
  std::string text;
  std::vector<Shape> shapes;
  for (int i = 0; i < 40; ++i) {
    text += (i ? ",[x" : "[x") + std::to_string(i) + "][x" + std::to_string(i + 1) + "]";
    shapes.push_back({2, 2});
  }
  const std::string shown = explain(text + "->[x0][x40]", shapes);
  CHECK_THAT(shown, ContainsSubstring("cheaper step"));
  CHECK_THAT(shown, ContainsSubstring("... 28 more operands"));
  CHECK(shown.size() < 12'000);
}
