// The sweep: parts add up, and sums of a value with its own cotangent take the shortest way.
#include "differentiate/sweep.hpp"

#include "support/catch.hpp"
#include "support/gradients.hpp"

using namespace einc;
using namespace einc::test;

namespace {

const char* const attention =
    "input q \"qc\"\ninput k \"kc\"\ninput v \"kv\"\ns = einsum(\"qc,kc->qk\", q, k) * rsqrt(extent(\"c\"))\n"
    "p = softmax(s, \"k\")\no = einsum(\"qk,kv->qv\", p, v)\noutput out = o\n";

}  // namespace

TEST_CASE("in attention the sum over keys of weights and their cotangents is that of the result and its cotangent") {
  const std::string text = grad(Program::parse(attention), "out").text();
  CHECK_THAT(text, ContainsSubstring("einsum(\"qv,qv->q\", out_gradient, o)"));
  CHECK(gradient_fault(Program::parse(attention), {{3, 2}, {4, 2}, {4, 3}}) == "");
}

TEST_CASE("through dropout and gates too") {
  CHECK(gradient_fault("input s \"qk\"\ninput v \"kv\"\ninput g \"qk\"\np = softmax(s, \"k\") * g / 2\noutput o = einsum(\"qk,kv->qv\", p, v)\n", {{3, 4}, {4, 2}, {3, 4}}) == "");
}

TEST_CASE("an input the output does not depend on has gradient 0") {
  const Program g = grad(Program::parse("input x \"i\"\ninput y \"ij\"\noutput o = exp(x)\n"), "o", {"y"});
  CHECK(computed(g, {{2}, {2, 3}, {2}}, {{1, 2}, {1, 2, 3, 4, 5, 6}, {1, 1}}).at(0) == std::vector<double>(6, 0));
}

TEST_CASE("a fault that shows only with extents points at the line of the first program") {
  const Program g = grad(Program::parse("input x \"i\"\ninput y \"j\"\noutput o = einsum(\"i,i->\", x, y)\n"), "o");
  const Error fault = error_of([&] { compile(g, {{2}, {3}}); });
  CHECK(fault.code() == ErrorCode::extent_mismatch);
  CHECK_THAT(fault.what(), ContainsSubstring("line 3") && ContainsSubstring("^"));
}
