// grad(): names, orders, faults, random programs, second derivatives.
#include <cmath>

#include <einc/gradients.hpp>
#include <einc/tensor_view.hpp>

#include "support/catch.hpp"
#include "support/gradients.hpp"
#include "support/random_program.hpp"


using namespace einc;
using namespace einc::test;

namespace {

using Names = std::vector<std::string>;

Program two_outputs() { return Program::parse("input x \"ij\"\ninput w \"jk\"\ny = einsum(\"ij,jk->ik\", x, w)\noutput y = tanh(y)\noutput loss = sum(y * y, \"ik\")\n"); }

}  // namespace

TEST_CASE("an output with labels takes its gradient as the last input, a number takes none") {
  CHECK(grad(two_outputs(), "y").inputs() == Names{"x", "w", "y_gradient"});
  CHECK(grad(two_outputs(), "loss").inputs() == Names{"x", "w"});
}

TEST_CASE("gradients come in the order asked for, after the outputs if those are kept") {
  CHECK(grad(two_outputs(), "y").outputs() == Names{"x_gradient", "w_gradient"});
  CHECK(grad(two_outputs(), "y", {"w"}).outputs() == Names{"w_gradient"});
  CHECK(grad(two_outputs(), "loss", {"w", "x"}, {.keep_outputs = true}).outputs() == Names{"y", "loss", "w_gradient", "x_gradient"});
}

TEST_CASE("the program itself stays as it was") {
  const Program p = two_outputs();
  const std::string before = p.text();
  grad(p, "y");
  CHECK(p.text() == before);
}

TEST_CASE("a gradient program prints as a text that reads as the same program") {
  const Program g = grad(two_outputs(), "y");
  CHECK(Program::parse(g.text()) == g);
}

TEST_CASE("names that are taken get a number") {
  const Program p = Program::parse("input x \"i\"\ninput o_gradient \"i\"\noutput o = x * o_gradient\n");
  CHECK(grad(p, "o").inputs() == Names{"x", "o_gradient", "o_gradient_2"});
  CHECK(grad(Program::parse("input x \"i\"\noutput x_gradient = x * x\n"), "x_gradient", {}, {.keep_outputs = true}).outputs() == Names{"x_gradient", "x_gradient_2"});
}

TEST_CASE("names the program does not have are refused with those it has") {
  const Error output = error_of([] { grad(two_outputs(), "z"); });
  CHECK(output.code() == ErrorCode::bad_program);
  CHECK_THAT(output.what(), ContainsSubstring("no output `z`") && ContainsSubstring("`y`, `loss`") && ContainsSubstring("grad.cpp:"));
  CHECK_THAT(error_of([] { grad(two_outputs(), "y", {"v"}); }).what(), ContainsSubstring("no input `v`") && ContainsSubstring("`x`, `w`"));
  CHECK_THAT(error_of([] { grad(two_outputs(), "y", {"x", "x"}); }).what(), ContainsSubstring("twice"));
}

TEST_CASE("a gradient has a gradient") {
  const Program p = Program::parse("input x \"i\"\ninput w \"ij\"\noutput o = sum(tanh(einsum(\"i,ij->j\", x, w)), \"j\")\n");
  const Program first = grad(p, "o", {"x"});
  CHECK(gradient_fault(first, {{3}, {3, 2}}) == "");
  const Program attention = Program::parse("input q \"qc\"\ninput k \"kc\"\ninput v \"kv\"\n"
                                           "output o = einsum(\"qk,kv->qv\", softmax(einsum(\"qc,kc->qk\", q, k), \"k\"), v)\n");
  CHECK(gradient_fault(grad(attention, "o", {"k"}), {{2, 2}, {3, 2}, {3, 2}, {2, 2}}) == "");
}

TEST_CASE("gradients of random programs are the limits of differences") {
  // What jumps is kept away from: a seed whose slopes change with the step has a kink nearby and says nothing.
  std::size_t told = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const testing::RandomProgram random = testing::random_program(seed);
    std::vector<std::vector<double>> operands = random.operands;
    for (std::size_t i = 0; i < operands.size(); ++i)
      for (std::size_t n = 0; n < operands[i].size(); ++n) operands[i][n] += 0.01 * std::sin(static_cast<double>(7 * n + i) + 0.5) + 0.003;
    const std::string text = random.program.text();
    if (text.find("floor") != std::string::npos || text.find("bf16") != std::string::npos) continue;  // slopes of steps depend on the step
    std::size_t elements = 0;
    for (const std::vector<double>& operand : operands) elements += operand.size();
    if (elements > 120) continue;
    const Differences coarse = differences(random.program, random.shapes, operands, 1e-4), fine = differences(random.program, random.shapes, operands, 1e-5);
    bool smooth = true;
    for (std::size_t i = 0; i < fine.expected.size(); ++i)
      for (std::size_t n = 0; n < fine.expected[i].size(); ++n)
        smooth = smooth && std::abs(coarse.expected[i][n] - fine.expected[i][n]) <= 1e-4 * (1 + std::abs(fine.expected[i][n]));
    if (!smooth) continue;
    ++told;
    INFO("seed " << seed << "\n" << text);
    CHECK(gradient_fault(random.program, random.shapes, operands, 2e-5) == "");
  }
  CHECK(told > 60);
}

TEST_CASE("gradients of random programs with softmax are the same computed in every way") {
  std::size_t streamed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const testing::RandomProgram random = testing::random_program(seed);
    if (random.program.text().find("exp(") == std::string::npos) continue;
    const Program g = grad(random.program, "o0");
    std::vector<Shape> shapes = random.shapes;
    std::vector<std::vector<double>> operands = random.operands;
    if (g.inputs().size() > shapes.size()) {
      shapes.push_back(bound_of(random.program, random.shapes).shapes.at(0));
      operands.push_back(scattered(shapes.back(), 9));
    }
    const std::vector<std::vector<double>> expected = computed(g, shapes, operands);
    for (const Stream stream : {Stream::forbid, Stream::allow, Stream::require}) {
      Options options{.dtype = DType::f64};
      options.stream = stream;
      std::vector<std::vector<double>> results;
      try {
        const Compiled compiled = compile(g, shapes, options);
        std::vector<ArrayRef> refs;
        std::vector<OutputRef> outs;
        std::vector<Strides> strides, out_strides;
        for (const Shape& shape : shapes) strides.push_back(row_major(shape));
        for (const Shape& shape : compiled.shapes()) {
          out_strides.push_back(row_major(shape));
          results.emplace_back(elements_of(shape));
        }
        for (std::size_t i = 0; i < shapes.size(); ++i) refs.push_back({operands[i].data(), DType::f64, shapes[i], strides[i]});
        for (std::size_t i = 0; i < results.size(); ++i) outs.push_back({results[i].data(), DType::f64, compiled.shapes()[i], out_strides[i]});
        compiled.run(refs, outs);
      } catch (const Error& fault) {
        if (fault.code() == ErrorCode::cannot_stream) continue;
        throw;
      }
      streamed += stream == Stream::require;
      INFO("seed " << seed << ", stream " << static_cast<int>(stream) << "\n" << g.text());
      for (std::size_t i = 0; i < results.size(); ++i)
        for (std::size_t n = 0; n < results[i].size(); ++n) {
          const double x = results[i][n], y = expected[i][n];
          if (!(std::abs(x - y) <= 1e-9 * (1 + std::abs(y))) && !(std::isnan(x) && std::isnan(y))) FAIL("output " << i << " element " << n << ": " << x << ", not " << y);
        }
    }
  }
  CHECK(streamed > 20);
}
