// choose_streams.cpp: streams that save nothing are dropped, with a reason; what is required or forbidden is obeyed.
#include "plan/choose_streams.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
ir::Expression attention(bool weights_too) {
  return test::after("stream", test::expression_of(std::string("input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\nw = softmax(einsum(\"ic,jc->ij\", q, k), \"j\")\noutput o = einsum(\"ij,jd->id\", w, v)\n") +
                                                       (weights_too ? "output w = w\n" : ""),
                                                   {{5, 4}, {7, 4}, {7, 3}}));
}
}  // namespace

TEST_CASE("weights that are wanted too keep a softmax from streaming, unless it must") {
  const ir::Expression e = plan::choose_streams(attention(true), Stream::allow);
  CHECK(e.streams.empty());
  REQUIRE(e.refusals.size() == 1);
  CHECK_THAT(e.refusals[0].condition, ContainsSubstring("wanted too"));
  CHECK(plan::choose_streams(attention(true), Stream::require).streams.size() == 1);
  CHECK(plan::choose_streams(attention(false), Stream::allow).streams.size() == 1);
}

TEST_CASE("forbidden streams leave no trace, impossible ones that are required are an error") {
  CHECK(plan::choose_streams(attention(false), Stream::forbid).streams.empty());
  ir::Expression refused = attention(false);
  refused.refusals.push_back({0, "a condition"});
  CHECK_THROWS_AS(plan::choose_streams(refused, Stream::require), Error);
}
