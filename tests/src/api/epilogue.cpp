// epilogue.cpp: maps that follow a contraction block by block give what they give after it, for any scaling, threads and kernels.
#include <cmath>

#include <einc/cpu.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {

struct Case {
  std::string text;
  std::vector<Shape> shapes;
};
const std::vector<Case> cases = {
    {"input x \"bi\"\ninput w \"ij\"\ninput b \"j\"\noutput y = relu(einsum(\"bi,ij->bj\", x, w) + b)\n", {{70, 110}, {110, 90}, {90}}},
    {"input x \"bi\"\ninput w \"ij\"\ninput b \"b\"\noutput y = gelu(einsum(\"bi,ij->bj\", x, w) * 0.5 - b)\n", {{131, 60}, {60, 77}, {131}}},
    {"input x \"bi\"\ninput w \"ij\"\ninput r \"bj\"\noutput y = einsum(\"bi,ij->bj\", x, w) + r\n", {{70, 110}, {110, 90}, {70, 90}}},
    {"input x \"hbi\"\ninput w \"hij\"\ninput b \"hj\"\noutput y \"bhj\" = tanh(einsum(\"hbi,hij->bhj\", x, w) / 8 + b)\n", {{3, 67, 50}, {3, 50, 71}, {3, 71}}},
    {"input x \"bi\"\ninput w \"ij\"\nt = einsum(\"bi,ij->bj\", x, w)\noutput y = exp(t / 16) * iota(\"j\") / 90\n", {{70, 110}, {110, 90}}},
    {"input x \"bi\"\ninput w \"ij\"\ninput v \"jk\"\noutput y = einsum(\"bj,jk->bk\", relu(einsum(\"bi,ij->bj\", x, w)), v) + 1\n", {{90, 100}, {100, 80}, {80, 101}}},
    {"input x \"bi\"\ninput w \"ij\"\noutput y = sum(relu(einsum(\"bi,ij->bj\", x, w)), \"j\")\n", {{70, 110}, {110, 90}}},
    {"input x \"bi\"\ninput w \"ij\"\nt = einsum(\"bi,ij->bj\", x, w)\noutput y = relu(t)\noutput t = t\n", {{70, 110}, {110, 90}}},
};

template <class T>
std::vector<std::vector<double>> run(const Case& given, const std::vector<std::vector<double>>& operands, const Options& options, const Scale& scale, double before) {
  const Compiled compiled = compile(Program::parse(given.text), given.shapes, options);
  std::vector<Array<T>> arrays, results;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;
  for (std::size_t i = 0; i < given.shapes.size(); ++i) {
    arrays.emplace_back(given.shapes[i]);
    for (std::size_t n = 0; n < operands[i].size(); ++n) arrays[i][n] = static_cast<T>(operands[i][n]);
  }
  for (const Shape& shape : compiled.shapes()) {
    results.emplace_back(shape);
    for (std::size_t n = 0; n < results.back().size(); ++n) results.back()[n] = static_cast<T>(before);
  }
  for (const Array<T>& array : arrays) refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  for (Array<T>& result : results) outs.push_back({result.data(), dtype_of<T>, result.extents(), result.strides()});
  compiled.run(refs, outs, scale);
  std::vector<std::vector<double>> values;
  for (const Array<T>& result : results) values.emplace_back(result.data(), result.data() + result.size());
  return values;
}

std::vector<std::vector<double>> scaled(std::vector<std::vector<double>> values, const Scale& scale, double before) {
  for (std::vector<double>& one : values)
    for (double& value : one) value = scale.alpha * value + (scale.beta == 0 ? 0 : scale.beta * before);
  return values;
}

}  // namespace

TEST_CASE("a map behind a contraction means what it means after it") {
  for (const Case& given : cases) {
    CAPTURE(given.text);
    const auto operands = test::some_operands(given.shapes);
    const auto expected = testing::interpret(test::expression_of(given.text, given.shapes), operands);
    for (const std::string& isa : this_cpu().isas) {
      for (const Scale scale : {Scale{1, 0}, Scale{-2, 0}, Scale{0.5, 3}}) {
        CAPTURE(isa, scale.alpha, scale.beta);
        const double before = scale.beta == 0 ? NAN : 0.25;
        const Options f64{.dtype = DType::f64, .threads = 1, .isa = isa}, f32{.dtype = DType::f32, .threads = 1, .isa = isa};
        CHECK(test::distance(scaled(expected, scale, before), run<double>(given, operands, f64, scale, before)) < 1e-11);
        CHECK(test::distance(scaled(expected, scale, before), run<float>(given, operands, f32, scale, before)) < 1e-3);
      }
    }
  }
}

TEST_CASE("the number of threads changes no bit behind a contraction") {
  for (const Case& given : cases) {
    CAPTURE(given.text);
    const auto operands = test::some_operands(given.shapes);
    const auto one = run<float>(given, operands, {.threads = 1}, {}, 0);
    for (const int threads : {2, 3, 7}) CHECK(run<float>(given, operands, {.threads = threads}, {}, 0) == one);
  }
}

TEST_CASE("what follows a contraction is told") {
  const std::string told = explain(Program::parse(cases[0].text), cases[0].shapes);
  CHECK(told.find("relu(add(") != std::string::npos);
  CHECK(told.find("\n2. ") == std::string::npos);
}
