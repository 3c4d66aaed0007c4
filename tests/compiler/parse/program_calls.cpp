#include <cmath>
#include <thread>

#include <einc/attention_blocks.hpp>

#include "ir/program_access.hpp"
#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of, test::sentence_of;

namespace {

// What a function of one number gives at a point.
template <class Function>
double at(double point, const Function& function) {
  Program p;
  p.output("y", function(p.input("x", "")));
  return test::computed(p, {{}}, {{point}}).at(0).at(0);
}

}  // namespace

TEST_CASE("every operator and function computes what C++ computes") {
  CHECK(at(3, [](const Tensor& x) { return x + 1.0; }) == 4);
  CHECK(at(3, [](const Tensor& x) { return 1.0 - x; }) == -2);
  CHECK(at(3, [](const Tensor& x) { return x * x / 2; }) == 4.5);
  CHECK(at(3, [](const Tensor& x) { return (x < 3.0) + 2 * (x <= 3.0) + 4 * (x > 3.0) + 8 * (x >= 3.0) + 16 * (x == 3.0) + 32 * (x != 3.0); }) == 26);
  CHECK(at(3, [](const Tensor& x) { return (x && 0.0) + 2 * (x || 0.0) + 4 * !x; }) == 2);
  CHECK(at(3, [](const Tensor& x) { return -x; }) == -3);
  CHECK(at(0.5, [](const Tensor& x) { return exp(x) + log(x) + sqrt(x) + rsqrt(x); }) ==
        Approx(std::exp(0.5) + std::log(0.5) + std::sqrt(0.5) + 1 / std::sqrt(0.5)));
  CHECK(at(0.5, [](const Tensor& x) { return tanh(x) + sigmoid(x) + erf(x) + sin(x) + cos(x); }) ==
        Approx(std::tanh(0.5) + 1 / (1 + std::exp(-0.5)) + std::erf(0.5) + std::sin(0.5) + std::cos(0.5)));
  CHECK(at(-2.5, [](const Tensor& x) { return relu(x) + floor(x) + abs(x); }) == -0.5);
  CHECK(at(1, [](const Tensor& x) { return gelu(x); }) == Approx((1 + std::erf(std::sqrt(0.5))) / 2));
  CHECK(at(1, [](const Tensor& x) { return min(x, 2) + 10 * max(x, 2); }) == 21);
  CHECK(at(1, [](const Tensor& x) { return where(x > 0, 5.0, std::nan("")); }) == 5);
  CHECK(at(1.0 / 3, [](const Tensor& x) { return cast(x, DType::f32); }) == static_cast<float>(1.0 / 3));
  CHECK(at(1.01, [](const Tensor& x) { return cast(x, DType::bf16); }) == 1.0078125);
  CHECK(error_of([] { at(1, [](const Tensor& x) { return cast(x, DType::f16); }); }).code() == ErrorCode::unsupported_dtype);
}

TEST_CASE("the place of an operator or a function is its own line") {
  Program p, other;
  const Tensor x = p.input("x", "b"), y = other.input("y", "b");
  const auto line = [](int number) { return "program_calls.cpp:" + std::to_string(number) + ": "; };
  CHECK(sentence_of([&] { x + y; }) == "`+` at " + line(__LINE__) + "the tensors belong to different programs");
  CHECK(sentence_of([&] { where(x, y, 0.0); }) == "`where` at " + line(__LINE__) + "the tensors belong to different programs");
  CHECK(sentence_of([&] { einsum("b->", Tensor()); }) == "`einsum` at " + line(__LINE__) + "a tensor is empty: no operation has given it a value");
  CHECK(sentence_of([&] { p.output("o", y); }) == "`output` at " + line(__LINE__) + "the tensor belongs to another program");
}

TEST_CASE("whoever writes for a caller names the caller's line, and the innermost caller counts") {
  Program p, other;
  const Tensor x = p.input("x", "b"), y = other.input("y", "b");
  const std::string end = "the tensors belong to different programs";
  {
    const WrittenAt caller("scripts/model.py", 42);
    CHECK(sentence_of([&] { x + y; }) == "`+` at model.py:42: " + end);
    {
      const WrittenAt callee("layers.py", 7);
      CHECK(sentence_of([&] { attention::causal({x, y}); }) == "`<=` at layers.py:7: " + end);
      std::thread([&] { CHECK(sentence_of([&] { x + y; }).find("layers.py") == std::string::npos); }).join();
    }
    CHECK(sentence_of([&] { p.iota("b") + y; }) == "`+` at model.py:42: " + end);
  }
  CHECK(sentence_of([&] { x + y; }) == "`+` at program_calls.cpp:" + std::to_string(__LINE__) + ": " + end);
}

TEST_CASE("numbers alone are numbers, and join no program") {
  CHECK(error_of([] { einsum("->", Tensor(2.0)); }).code() == ErrorCode::bad_program);
  Program p;
  p.output("o", exp(Tensor(0.0)) + Tensor(2.0) * Tensor(3.0));
  CHECK(p.text() == "output o = 7\n");
  CHECK(Tensor(2.0).labels().empty());
  CHECK(error_of([] { Tensor().labels(); }).code() == ErrorCode::bad_program);
}

TEST_CASE("copies of a program share it") {
  Program p;
  const Program copy = p;
  p.input("x", "b");
  CHECK(copy.inputs() == std::vector<std::string>{"x"});
  CHECK(copy == p);
}

TEST_CASE("max and min over labels, and a mean of nothing") {
  Program p;
  const Tensor x = p.input("x", "ij");
  p.output("largest", reduce(Reduction::max, x, "j"));
  p.output("least", reduce(Reduction::min, x, "ij"));
  p.output("mean", mean(x, "ij"));
  CHECK(test::computed(p, {{2, 3}}, {test::counting(6)}) == std::vector<std::vector<double>>{{2, 5}, {0}, {2.5}});
  const auto empty = test::computed(p, {{2, 0}}, {{}});
  CHECK(empty[0] == std::vector<double>{-infinity, -infinity});
  CHECK(empty[1][0] == infinity);
  CHECK(std::isnan(empty[2][0]));
}
