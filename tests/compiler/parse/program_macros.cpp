#include <cmath>

#include "parse/program_builder.hpp"
#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::sentence_of;

namespace {

std::string body(const std::string& value) {
  const std::string text = Program::parse("input x \"qk\"\noutput o = " + value).text();
  return text.substr(text.find('\n') + 1);
}
std::vector<double> of(const std::string& value, const std::vector<double>& row) {
  return test::computed("input x \"k\"\noutput o = " + value, {{static_cast<Extent>(row.size())}}, {row});
}

}  // namespace

TEST_CASE("softmax is spelled in the form that streams are found by") {
  CHECK(body("softmax(x, \"k\")") ==
        "v0 = reduce(max, x, \"k\")\n"
        "v1 = exp(x - where(v0 == -infinity, 0, v0))\n"
        "v2 = sum(v1, \"k\")\n"
        "output o = v1 / where(v2 == 0, 1, v2)\n");
  CHECK(body("softmax(x, \"k\", nan)") ==
        "v0 = exp(x - reduce(max, x, \"k\"))\n"
        "output o = v0 / sum(v0, \"k\")\n");
}

TEST_CASE("a softmax adds up to one over all its labels") {
  const std::vector<double> one = of("softmax(x, \"k\")", {1, 2, 3});
  CHECK(one[0] + one[1] + one[2] == Approx(1));
  CHECK(one[2] / one[1] == Approx(std::exp(1)));
  const std::vector<double> two = test::computed("input x \"bqk\"\noutput o = softmax(x, \"kq\")", {{1, 2, 2}}, {{1, 2, 3, 4}});
  CHECK(two[0] + two[1] + two[2] + two[3] == Approx(1));
  CHECK(two[3] / two[0] == Approx(std::exp(3)));
}

TEST_CASE("an empty row is zeros, even shares, or what the formula says") {
  CHECK(of("softmax(x, \"k\")", {-infinity, -infinity}) == std::vector<double>{0, 0});
  CHECK(of("softmax(x, \"k\", uniform)", {-infinity, -infinity}) == std::vector<double>{0.5, 0.5});
  CHECK(std::isnan(of("softmax(x, \"k\", nan)", {-infinity, -infinity})[0]));
  CHECK(of("softmax(x, \"k\", uniform)", {0, -infinity}) == std::vector<double>{1, 0});
  CHECK(of("softmax(x, \"k\", nan)", {0, -infinity}) == std::vector<double>{1, 0});
}

TEST_CASE("a sink takes weight and gives none") {
  CHECK(of("softmax(x, \"k\", 0)", {0, 0}) == std::vector<double>{1.0 / 3, 1.0 / 3});
  CHECK(of("softmax(x, \"k\", 5)", {-infinity, -infinity}) == std::vector<double>{0, 0});
  CHECK(of("softmax(x, \"k\", -infinity)", {-infinity, -infinity}) == std::vector<double>{0, 0});
  CHECK(of("logsumexp(x, \"k\", 0)", {0, 0})[0] == Approx(std::log(3)));
  CHECK_THAT(sentence_of([] { Program::parse("input x \"k\"\noutput o = softmax(x, \"k\", x)"); }), ContainsSubstring("the sink varies along label `k`"));
}

TEST_CASE("logsumexp is exact where exp would overflow, and -inf along an empty row") {
  CHECK(of("logsumexp(x, \"k\")", {1000, 1000})[0] == Approx(1000 + std::log(2)));
  CHECK(of("logsumexp(x, \"k\")", {-infinity, -infinity})[0] == -infinity);
}

TEST_CASE("layer_norm has mean 0 and variance 1, nearly") {
  const std::vector<double> y = of("layer_norm(x, \"k\")", {1, 2, 3, 6});
  CHECK(y[0] + y[1] + y[2] + y[3] == Approx(0).margin(1e-12));
  CHECK(y[0] == Approx(-2 / std::sqrt(3.5 + 1e-5)));
  CHECK(of("layer_norm(x, \"k\", 0.5)", {1, 2, 3, 6})[0] == Approx(-1));
}

TEST_CASE("labels that are not there are refused") {
  for (const char* call : {"softmax(x, \"z\")", "logsumexp(x, \"z\")", "layer_norm(x, \"z\")"})
    CHECK_THAT(sentence_of([&] { body(call); }), ContainsSubstring("no label `z` in a tensor with labels `qk`"));
}
