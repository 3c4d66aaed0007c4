// stream.cpp: which programs stream, which do not and why, and that a stream means what its values mean.
#include "fuse/fuse.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
constexpr std::string_view attention =
    "input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\n"
    "s = einsum(\"ic,jc->ij\", q, k) * 0.5\n"
    "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n";
const std::vector<Shape> shapes = {{5, 4}, {7, 4}, {7, 3}};
ir::Expression streamed(std::string_view text, const std::vector<Shape>& given) { return test::after("stream", test::expression_of(text, given)); }
std::string refusal(std::string_view text, const std::vector<Shape>& given) {
  const ir::Expression e = streamed(text, given);
  REQUIRE(e.streams.empty());
  REQUIRE(e.refusals.size() == 1);
  return e.refusals[0].condition;
}
}  // namespace

TEST_CASE("attention is one stream with two sums, and its scores are members") {
  const ir::Expression e = streamed(attention, shapes);
  REQUIRE(e.streams.size() == 1);
  const ir::Region& region = e.streams[0];
  CHECK(region.sums.size() == 2);
  CHECK(e.values[region.scores].op == ir::Op::contract);
  CHECK(region.scores == region.masked);
  CHECK(std::find(region.finish.begin(), region.finish.end(), e.outputs[0].value) != region.finish.end());
  CHECK(e.refusals.empty());
}

TEST_CASE("masks of -inf, one inside the other, are one mask; finite masks are scores") {
  const std::string head = "input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\ninput n \"i\"\ns = einsum(\"ic,jc->ij\", q, k)\n";
  const std::string tail = "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n";
  const std::vector<Shape> given = {{5, 4}, {7, 4}, {7, 3}, {5}};
  const ir::Expression hidden = streamed(head + "s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\ns = where(iota(\"j\") < n, s, -infinity)\n" + tail, given);
  REQUIRE(hidden.streams.size() == 1);
  CHECK(hidden.values[hidden.streams[0].scores].op == ir::Op::contract);
  CHECK(hidden.streams[0].scores != hidden.streams[0].masked);
  const ir::Expression finite = streamed(head + "s = where(iota(\"j\") < n, s, -1e9)\n" + tail, given);
  REQUIRE(finite.streams.size() == 1);
  CHECK(finite.streams[0].scores == finite.streams[0].masked);
}

TEST_CASE("additive scores, renamed labels, several values and log-sum-exp stream") {
  for (const char* text : {"input q \"ih\"\ninput k \"jh\"\ninput w \"h\"\ninput v \"jd\"\noutput o = einsum(\"ij,jd->id\", softmax(einsum(\"ihj,h->ij\", tanh(q + k), w), \"j\"), v)\n",
                           "input q \"ih\"\ninput k \"jh\"\ninput w \"h\"\ninput v \"jd\"\noutput o = einsum(\"xy,yd,h->xd\", softmax(einsum(\"ih,jh->ij\", q, k), \"j\"), v, w)\n",
                           "input q \"ih\"\ninput k \"jh\"\ninput w \"h\"\ninput v \"jd\"\ns = einsum(\"ih,jh->ij\", q, k)\nw = softmax(s, \"j\")\noutput o = einsum(\"ij,jd->id\", w, v)\noutput p = einsum(\"ij,jh->ih\", w, k)\noutput l = logsumexp(s, \"j\")\noutput n = sum(w, \"ij\")\n"}) {
    CAPTURE(text);
    const std::vector<Shape> given = {{5, 4}, {7, 4}, {4}, {7, 3}};
    const ir::Expression e = streamed(text, given);
    CHECK(e.streams.size() == 1);
    CHECK(test::distance(testing::interpret(test::expression_of(text, given), test::some_operands(given)), testing::interpret(e, test::some_operands(given))) < 1e-12);
  }
}

TEST_CASE("weights that are asked for too are computed beside the stream") {
  const ir::Expression e = streamed("input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\nw = softmax(einsum(\"ic,jc->ij\", q, k), \"j\")\noutput o = einsum(\"ij,jd->id\", w, v)\noutput w = w\n", shapes);
  CHECK(e.streams.size() == 1);
}

TEST_CASE("what cannot stream says which condition fails") {
  CHECK_THAT(refusal("input s \"ij\"\ninput v \"jd\"\noutput o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n", {{5, 7}, {7, 3}}), ContainsSubstring("array already"));
  CHECK_THAT(refusal("input q \"ic\"\ninput k \"jc\"\noutput o = reduce(max, einsum(\"ic,jc->ij\", q, k), \"j\")\n", {{5, 4}, {7, 4}}), ContainsSubstring("(C3)"));
  CHECK_THAT(refusal("input q \"ic\"\ninput k \"jlc\"\ninput v \"jld\"\noutput o = einsum(\"ijl,jld->id\", softmax(einsum(\"ic,jlc->ijl\", q, k), \"jl\"), v)\n", {{5, 4}, {7, 2, 4}, {7, 2, 3}}), ContainsSubstring("(C1)"));
  CHECK_THAT(refusal("input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\ns = einsum(\"ic,jc->ij\", q, k)\nm = reduce(max, s, \"j\")\noutput o = einsum(\"ij,jd->id\", exp(2 * s - m), v)\n", shapes), ContainsSubstring("(C3)"));
}

TEST_CASE("no softmax, no refusal") {
  const ir::Expression e = streamed("input q \"ic\"\ninput k \"jc\"\noutput o = einsum(\"ic,jc->ij\", q, k)\n", {{5, 4}, {7, 4}});
  CHECK(e.streams.empty());
  CHECK(e.refusals.empty());
}
