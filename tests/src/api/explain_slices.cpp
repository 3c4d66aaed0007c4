// explain_slices.cpp: which labels were cut is said in words and as data, and the totals are those of all slices.
#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("what is cut shows in text, JSON and the summary; what is not cut says nothing") {
  const std::vector<Shape> shapes = {{8, 60}, {60, 8}};
  Options options;
  options.threads = 1;
  const Compiled whole = compile("ij,jk->ik", shapes, options);
  CHECK(whole.plan().sliced.empty());
  CHECK(whole.plan().slices == 1);
  CHECK_THAT(whole.explain(), !ContainsSubstring("slices"));
  options.slices = 480;
  const Compiled sliced = compile("ij,jk->ik", shapes, options);
  const PlanSummary& plan = sliced.plan();
  std::int64_t slices = 1;
  for (const SlicedLabel& label : plan.sliced) slices *= label.parts;
  CHECK(plan.slices == slices);
  CHECK(plan.slices >= 480);
  CHECK(plan.tasks == sliced.slicing().tasks);
  CHECK(plan.flops <= whole.plan().flops);  // a product of single positions adds nothing up
  CHECK(plan.flops >= 0.5 * whole.plan().flops);
  CHECK(plan.seconds > whole.plan().seconds);
  CHECK_THAT(sliced.explain(), ContainsSubstring(" parts") && ContainsSubstring("times the flops of a plan that is not cut"));
  CHECK_THAT(sliced.explain(Format::json), ContainsSubstring("\"flops_overhead\"") && ContainsSubstring("\"summed\""));
  CHECK_FALSE(sliced.explain(Format::dot).empty());
  CHECK_FALSE(sliced.explain(Format::html).empty());
  CHECK_THAT(print_after("slice", "ij,jk->ik", shapes, options), ContainsSubstring("sliced along"));
}
