// The rules of functions: each against differences, and what is chosen where there is no derivative.
#include "support/catch.hpp"
#include "support/gradients.hpp"

using namespace einc;
using namespace einc::test;

namespace {

std::string unary(const std::string& function, double shift = 0) {
  return gradient_fault("input x \"ij\"\noutput o = " + function + "(x + " + std::to_string(shift) + ")\n", {{3, 4}});
}

}  // namespace

TEST_CASE("derivatives of functions of one value are the limits of differences") {
  for (const char* function : {"exp", "tanh", "sigmoid", "relu", "gelu", "erf", "sin", "cos", "floor", "abs", "-", "!"}) CHECK(unary(function) == "");
  for (const char* function : {"log", "sqrt", "rsqrt"}) CHECK(unary(function, 2) == "");
}

TEST_CASE("derivatives of functions of two values, with and without common labels") {
  for (const char* labels : {"ij", "ji", "j", "jk", ""})
    for (const char* text : {"x + y", "x - y", "x * y", "x / (y + 2)", "(x + 2) / exp(y)", "min(x, y)", "max(x, y)", "y / (x + 3)", "where(x < y, x * y, y)"}) {
      std::vector<Shape> shapes{{2, 3}, {}};
      for (const char* label = labels; *label != 0; ++label) shapes[1].push_back(*label == 'i' ? 2 : *label == 'j' ? 3 : 4);
      const std::string program = "input x \"ij\"\ninput y \"" + std::string(labels) + "\"\noutput o = " + text + "\n";
      CHECK(gradient_fault(program, shapes) == "");
    }
}

TEST_CASE("a value used several times adds its parts up") {
  CHECK(gradient_fault("input x \"i\"\noutput o = x * x + x / (x + 3) - exp(x)\n", {{4}}) == "");
  CHECK(gradient_fault("input x \"ij\"\nm = mean(x, \"j\")\noutput o = (x - m) * (x - m)\n", {{3, 4}}) == "");
}

TEST_CASE("reductions and what is made of them") {
  for (const char* text : {"sum(x, \"j\")", "mean(x, \"ij\")", "reduce(max, x, \"i\")", "reduce(min, x, \"ij\")", "softmax(x, \"j\")", "softmax(x, \"ij\")",
                           "softmax(x, \"i\", uniform)", "softmax(x, \"i\", nan)", "softmax(x, \"j\", 0.5)", "logsumexp(x, \"j\")", "logsumexp(x, \"ij\", 0.3)",
                           "layer_norm(x, \"j\")", "x - reduce(max, x, \"j\")", "exp(x - reduce(max, x, \"j\"))"})
    CHECK(gradient_fault("input x \"ij\"\noutput o = " + std::string(text) + "\n", {{3, 4}}) == "");
}

TEST_CASE("where a function has no derivative, ties share and steps have none") {
  const auto slope = [](const std::string& text, const std::vector<double>& x) {
    const Program g = grad(Program::parse("input x \"i\"\noutput o = sum(" + text + ", \"i\")\n"), "o");
    return computed(g, {{static_cast<Extent>(x.size())}}, {x}).at(0);
  };
  CHECK(slope("max(x, 0)", {0, 1}) == std::vector<double>{0.5, 1});
  CHECK(slope("relu(x)", {0, 1}) == std::vector<double>{0, 1});
  CHECK(slope("abs(x)", {0, -1}) == std::vector<double>{0, -1});
  CHECK(slope("floor(x)", {0.5, 1}) == std::vector<double>{0, 0});
  CHECK(slope("cast(x, bf16)", {0.3, 1}) == std::vector<double>{1, 1});
  const Program g = grad(Program::parse("input x \"i\"\noutput o = reduce(max, x, \"i\")\n"), "o");
  CHECK(computed(g, {{4}}, {{1, 3, 3, 0}}).at(0) == std::vector<double>{0, 0.5, 0.5, 0});
}

TEST_CASE("a hidden score gets no gradient, in rows that are empty too") {
  const std::string text = "input x \"ij\"\ninput m \"ij\"\noutput o = softmax(where(m > 0, x, -infinity), \"j\")\n";
  const Program g = grad(Program::parse(text), "o", {"x"});
  const std::vector<double> got = computed(g, {{2, 3}, {2, 3}, {2, 3}}, {{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, {1, 0, 1, 0, 0, 0}, {1, 2, 3, 4, 5, 6}}).at(0);
  CHECK(got[1] == 0);
  CHECK(got[0] != 0);
  CHECK(std::vector<double>(got.begin() + 3, got.end()) == std::vector<double>{0, 0, 0});
}
