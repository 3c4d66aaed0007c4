// The rules of views: each against differences.
#include "support/catch.hpp"
#include "support/gradients.hpp"

using namespace einc;
using namespace einc::test;

namespace {

std::string of_x(const std::string& text) { return gradient_fault("input x \"ij\"\noutput o = " + text + "\n", {{4, 6}}); }

}  // namespace

TEST_CASE("gradients through views are the limits of differences") {
  for (const char* text : {"split(x, \"j\", \"ab\", {{\"b\", 2}})", "merge(x, \"ij\", \"m\")", "merge(x, \"ji\", \"m\")", "permute(x, \"ji\")", "rename(x, \"i\", \"m\")", "rearrange(\"i(ab)->(ai)b\", x, {{\"b\", 3}})", "rearrange(\"(cd)(ab)->(ac)bd\", x, {{\"b\", 3}, {\"c\", 2}})"})
    CHECK(of_x(text) == "");
  CHECK(gradient_fault("input x \"ij\"\nfix(\"k\", 3)\noutput o = broadcast(x, \"ikj\") * iota(\"k\")\n", {{4, 6}}) == "");
}

TEST_CASE("names that change places come back") {
  CHECK(gradient_fault("input x \"ij\"\noutput o = rename(x, \"ij\", \"ji\") * rename(x, \"ij\", \"ji\")\n", {{4, 4}}) == "");
}

TEST_CASE("what a slice leaves out gets no gradient") {
  for (const char* text : {"slice(x, \"j\", {1}, \"k\")", "slice(x, \"j\", {-2}, \"k\")", "slice(x, \"j\", {1, 4}, \"k\")", "slice(x, \"j\", {1, -1, 2}, \"k\")",
                           "slice(x, \"j\", {-5, infinity, 3}, \"k\")", "slice(x, \"i\", {-9, 2}, \"k\")", "sum(slice(x, \"j\", {1, 4}, \"k\"), \"k\")"})
    CHECK(of_x(text) == "");
}

TEST_CASE("parts of a concatenation get theirs") {
  CHECK(gradient_fault("input x \"ij\"\ninput y \"ik\"\noutput o = concat({{x, \"j\"}, {y, \"k\"}, {x * x, \"j\"}}, \"m\")\n", {{2, 3}, {2, 4}}) == "");
  CHECK(gradient_fault("input x \"ij\"\noutput o = sum(concat({{x, \"j\"}, {exp(x), \"j\"}}, \"m\"), \"m\")\n", {{2, 3}}) == "");
}

TEST_CASE("a table adds up the gradients of all places it was read for") {
  const Program p = Program::parse("input x \"vd\"\ninput t \"bs\"\noutput o = gather(x * x, \"v\", t)\n");
  const Program g = grad(p, "o", {"x"});
  const std::vector<double> got = computed(g, {{3, 2}, {1, 4}, {1, 4, 2}}, {{1, 2, 3, 4, 5, 6}, {2, 0, 2, -1}, {1, 2, 3, 4, 5, 6, 7, 8}}).at(0);
  CHECK(got == std::vector<double>{3 * 2 * 1, 4 * 2 * 2, 0, 0, (1 + 5) * 2 * 5, (2 + 6) * 2 * 6});
  CHECK(gradient_fault("input x \"ij\"\noutput o = gather(x, \"j\", iota(\"j\") - 1)\n", {{2, 4}}) == "");
  CHECK(gradient_fault("input x \"ij\"\noutput o = gather(x, \"j\", iota(\"i\"))\n", {{3, 4}}) == "");
}
