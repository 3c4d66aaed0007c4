// choose_base.cpp: when the weights of a stream are powers of two.
#include "plan/choose_base.hpp"

#include <algorithm>
#include <numbers>

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
ir::Plan planned(std::string_view text, const std::vector<Shape>& shapes) {
  ir::Target t;
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  t.l2_bytes = 1 << 20;
  return plan::make_plan(test::after("fuse-labels", test::expression_of(text, shapes)), t, {.dtype = DType::f64, .stream = Stream::require});
}
}  // namespace

TEST_CASE("weights are powers of two where scores are products that nobody else sees, nor their largest") {
  const auto stream_of = [](const std::string& lines, const std::string& rest = "") {
    return planned("input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\n" + lines + "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n" + rest, {{300, 16}, {700, 16}, {700, 8}}).streams.at(0);
  };
  const std::string products = "s = einsum(\"ic,jc->ij\", q, k) * 0.25\n";
  const ir::StreamPlan plain = stream_of(products);
  CHECK(plain.powers_of_two);
  CHECK(std::count_if(plain.steps.begin(), plain.steps.end(), [](const ir::Step& step) { return step.factor == 0.25 * std::numbers::log2e; }) == 1);
  CHECK(stream_of(products + "s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\n").powers_of_two);
  for (const char* other : {"s = where(iota(\"j\") <= iota(\"i\"), s, -1000)\n", "s = tanh(s)\n", "s = s + iota(\"j\")\n"}) {
    const ir::StreamPlan refused = stream_of(products + other);
    CHECK_FALSE(refused.powers_of_two);
    CHECK(std::none_of(refused.steps.begin(), refused.steps.end(), [](const ir::Step& step) { return step.factor != 1 && step.factor != 0.25; }));
  }
  CHECK_FALSE(stream_of(products, "output l = logsumexp(s, \"j\")\n").powers_of_two);
}
